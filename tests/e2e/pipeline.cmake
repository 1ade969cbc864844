# SPDX-License-Identifier: BSD-3-Clause
# In virtual time: no namespaces.
if(BUILD_TESTING)
  add_test(NAME e2e_reproduce_pipeline COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_reproduce_pipeline.py)
  set_tests_properties(e2e_reproduce_pipeline PROPERTIES LABELS "e2e;pipeline" TIMEOUT 600 SKIP_RETURN_CODE 77
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endif()
