# SPDX-License-Identifier: BSD-3-Clause
# What people look at: timelines and reports.
function(airbatch_see name timeout)
  airbatch_e2e(${name} ${timeout})
  if(BUILD_TESTING)
    set_tests_properties(e2e_${name} PROPERTIES LABELS "see;e2e;net")
  endif()
endfunction()
airbatch_see(timeline 120)
airbatch_see(report 240)
airbatch_see(report_page 120)
