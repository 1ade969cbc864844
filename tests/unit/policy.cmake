# SPDX-License-Identifier: BSD-3-Clause
add_library(policy_oracles STATIC EXCLUDE_FROM_ALL
  ${CMAKE_SOURCE_DIR}/tests/unit/policy_random.c ${CMAKE_SOURCE_DIR}/tests/unit/policy_reference.c)
target_link_libraries(policy_oracles PUBLIC policy)
foreach(test random optimum check extremes)
  airbatch_test(test_policy_${test} ${CMAKE_SOURCE_DIR}/tests/unit/test_policy_${test}.c USES policy_oracles LABELS policy)
endforeach()
