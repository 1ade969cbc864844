# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
airbatch_test(test_sweep_grid ${unit}/tools/test_sweep_grid.c USES tool_sweep LABELS tools)
airbatch_test(test_sweep_gather ${unit}/tools/test_sweep_gather.c USES tool_sweep LABELS tools)
airbatch_test(test_tables ${unit}/tools/test_tables.c USES tool_run proto LABELS tools)
airbatch_test(test_expect ${unit}/tools/test_expect.c USES expect sim_star LABELS tools)
airbatch_test(test_run_claim ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_run_claim.c USES records LABELS unit)
