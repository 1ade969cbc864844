# SPDX-License-Identifier: BSD-3-Clause
# What people look at: captures in Wireshark's eyes, timelines, reports. The simulated ones disturb nobody's clock.
function(airbatch_see name timeout labels)
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_test(NAME e2e_${name} COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/test_${name}.py)
  math(EXPR limit "5 * ${timeout}") # as in e2e.cmake
  set_tests_properties(e2e_${name} PROPERTIES LABELS "e2e;see;${labels}" SKIP_RETURN_CODE 77 TIMEOUT ${limit}
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
  if(labels MATCHES net)
    set_tests_properties(e2e_${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()
airbatch_see(dissector 300 sim)
airbatch_see(captures 300 net)
airbatch_see(timeline 120 net)
airbatch_see(report 240 "net;report")
airbatch_see(report_page 400 "net;report")
