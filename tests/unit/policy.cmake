# SPDX-License-Identifier: BSD-3-Clause
add_library(policy_random STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/unit/policy_random.c)
target_link_libraries(policy_random PUBLIC policy)
foreach(test random)
  airbatch_test(test_policy_${test} ${CMAKE_SOURCE_DIR}/tests/unit/test_policy_${test}.c USES policy policy_random LABELS policy)
endforeach()
