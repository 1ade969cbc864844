# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_netns_testbed ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_netns_testbed.c USES netns LABELS net)
airbatch_test(test_netns_lifetime ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_netns_lifetime.c USES netns LABELS net)
airbatch_test(test_netns_traffic ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_netns_traffic.c USES netns LABELS net)
airbatch_test(test_run_names ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_run_names.c USES tool_run LABELS net)
