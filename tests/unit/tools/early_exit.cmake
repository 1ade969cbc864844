# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_early_exit_draws ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_early_exit_draws.c USES tool_early_exit policy
              LABELS "unit;early-exit")
