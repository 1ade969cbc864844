# SPDX-License-Identifier: BSD-3-Clause
# Whole runs in namespaces, one Python file each. They must not disturb each other's clocks: one at a time.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(airbatch_e2e name timeout)
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_test(NAME e2e_${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_${name}.py)
  set_tests_properties(e2e_${name} PROPERTIES LABELS "e2e;net" SKIP_RETURN_CODE 77 TIMEOUT ${timeout} RUN_SERIAL TRUE
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endfunction()
airbatch_e2e(run 300)
airbatch_e2e(lifecycle 300)
airbatch_e2e(sim 300)
airbatch_e2e(radio 300)
airbatch_e2e(batching 300)
airbatch_e2e(profile 120)
airbatch_e2e(network 60)
airbatch_e2e(import 60)
if(BUILD_TESTING) # no namespaces, no clocks
  set_tests_properties(e2e_network e2e_import PROPERTIES LABELS "e2e;dnn" RUN_SERIAL FALSE)
endif()
