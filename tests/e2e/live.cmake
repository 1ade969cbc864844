# SPDX-License-Identifier: BSD-3-Clause
# Runs as people watch them: terminal and web page.
airbatch_e2e(live 240)
airbatch_e2e(live_page 120)
if(BUILD_TESTING)
  set_tests_properties(e2e_live e2e_live_page PROPERTIES LABELS "see;e2e;net")
endif()
