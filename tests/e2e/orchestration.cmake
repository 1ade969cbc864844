# SPDX-License-Identifier: BSD-3-Clause
# Virtual time only.
if(BUILD_TESTING)
  add_test(NAME e2e_orchestration COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_orchestration.py)
  set_tests_properties(e2e_orchestration PROPERTIES LABELS "e2e;orchestration" TIMEOUT 600 ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
  add_test(NAME e2e_servers COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_servers.py)
  set_tests_properties(e2e_servers PROPERTIES LABELS "e2e;orchestration" TIMEOUT 300 ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endif()
