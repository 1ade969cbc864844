# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_report ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_report.c USES tool_report LABELS "unit;see;report")
airbatch_test(test_report_batches ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_report_batches.c USES tool_report LABELS "unit;see;report")
