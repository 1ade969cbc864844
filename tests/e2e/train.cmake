# SPDX-License-Identifier: BSD-3-Clause
# Virtual time only: no namespaces, no clock.
if(BUILD_TESTING)
  add_test(NAME e2e_train COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_train.py)
  set_tests_properties(e2e_train PROPERTIES LABELS "e2e;online" TIMEOUT 1500 ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
  add_test(NAME e2e_reproduce_online COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_reproduce_online.py)
  set_tests_properties(e2e_reproduce_online PROPERTIES LABELS "e2e;online" TIMEOUT 1500 SKIP_RETURN_CODE 77
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endif()
