# SPDX-License-Identifier: BSD-3-Clause
# The life of a task: protocol, UE, edge.
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
airbatch_test(test_base ${unit}/test_base.c USES base LABELS unit)
airbatch_test(test_message ${unit}/test_message.c USES proto LABELS unit)
airbatch_test(test_batcher ${unit}/test_batcher.c USES edge_desk LABELS unit desk)
airbatch_test(test_batcher_modes ${unit}/test_batcher_modes.c USES edge_desk LABELS unit)
airbatch_test(test_control ${unit}/test_control.c USES tool_run Threads::Threads LABELS unit)
