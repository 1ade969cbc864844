# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_units ${CMAKE_SOURCE_DIR}/tests/unit/base/test_units.c USES base LABELS unit)
airbatch_test(test_quota ${CMAKE_SOURCE_DIR}/tests/unit/base/test_quota.c USES base LABELS unit)
airbatch_test(test_lateness ${CMAKE_SOURCE_DIR}/tests/unit/base/test_lateness.c USES base LABELS unit contract)
airbatch_test(test_priority ${CMAKE_SOURCE_DIR}/tests/unit/base/test_priority.c USES base LABELS unit)
airbatch_test(test_base ${CMAKE_CURRENT_LIST_DIR}/test_base.c USES base LABELS unit)
airbatch_test(test_privileges ${CMAKE_CURRENT_LIST_DIR}/test_privileges.c USES base Threads::Threads LABELS unit faults)
airbatch_test(test_place ${CMAKE_CURRENT_LIST_DIR}/test_place.c USES base LABELS unit faults hostile)
