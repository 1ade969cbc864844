# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_watch ${CMAKE_CURRENT_LIST_DIR}/test_watch.c USES watch LABELS see unit)
airbatch_test(test_watch_tables ${CMAKE_CURRENT_LIST_DIR}/test_watch_tables.c USES tool_run watch LABELS see unit)
airbatch_test(test_host ${CMAKE_CURRENT_LIST_DIR}/test_host.c USES tool_watch LABELS see unit)
airbatch_test(test_control ${CMAKE_CURRENT_LIST_DIR}/test_control.c USES tool_run Threads::Threads LABELS unit)
airbatch_test(test_line_file ${CMAKE_CURRENT_LIST_DIR}/test_line_file.c USES line_file LABELS faults see unit)
