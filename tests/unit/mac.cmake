# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_link ${CMAKE_SOURCE_DIR}/tests/unit/test_link.c USES mac LABELS unit)
airbatch_test(test_link_random ${CMAKE_SOURCE_DIR}/tests/unit/test_link_random.c USES mac LABELS unit)
airbatch_test(test_cell ${CMAKE_SOURCE_DIR}/tests/unit/test_cell.c USES mac LABELS unit radio)
airbatch_test(test_cell_random ${CMAKE_SOURCE_DIR}/tests/unit/test_cell_random.c USES mac LABELS unit radio)
airbatch_test(test_cell_trace ${CMAKE_SOURCE_DIR}/tests/unit/test_cell_trace.c USES mac LABELS unit radio)
airbatch_test(test_impairment ${CMAKE_SOURCE_DIR}/tests/unit/test_impairment.c USES mac LABELS unit radio)
airbatch_test(test_grant ${CMAKE_SOURCE_DIR}/tests/unit/test_grant.c USES mac LABELS unit radio)
airbatch_test(test_queueing ${CMAKE_SOURCE_DIR}/tests/unit/test_queueing.c USES mac LABELS unit radio)
