# SPDX-License-Identifier: BSD-3-Clause
# Planning alone: no namespaces, no clock.
if(BUILD_TESTING)
  add_test(NAME e2e_reproduce_early_exit COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_reproduce_early_exit.py)
  set_tests_properties(e2e_reproduce_early_exit PROPERTIES LABELS "e2e;early-exit" TIMEOUT 600
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endif()
