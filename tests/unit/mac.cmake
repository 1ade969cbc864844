# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_link ${CMAKE_SOURCE_DIR}/tests/unit/test_link.c USES mac LABELS unit)
airbatch_test(test_link_random ${CMAKE_SOURCE_DIR}/tests/unit/test_link_random.c USES mac LABELS unit)
airbatch_test(test_cell ${CMAKE_SOURCE_DIR}/tests/unit/test_cell.c USES mac LABELS unit radio)
