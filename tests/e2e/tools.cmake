# SPDX-License-Identifier: BSD-3-Clause
# The tools of a daily user. Those that only simulate or print run beside other tests.
airbatch_e2e(tutorial 1800)
airbatch_e2e(runs 120)
airbatch_e2e(install 120)
foreach(name manual completion sweep expect refused import_trace)
  airbatch_e2e(${name} 120)
endforeach()
if(BUILD_TESTING)
  set_tests_properties(e2e_manual e2e_completion e2e_sweep e2e_expect e2e_refused PROPERTIES LABELS "tools;see" RUN_SERIAL FALSE)
  set_tests_properties(e2e_import_trace PROPERTIES LABELS "tools;traces" RUN_SERIAL FALSE)
  set_tests_properties(e2e_install PROPERTIES LABELS "tools;package" RUN_SERIAL FALSE)
  set_tests_properties(e2e_runs e2e_tutorial PROPERTIES LABELS "tools;see;net")
endif()
