# SPDX-License-Identifier: BSD-3-Clause
foreach(thing antenna channel energy fading link_rate mcs mobility path_loss rate shadowing tr38901 trace)
  airbatch_test(test_phy_${thing} ${CMAKE_SOURCE_DIR}/tests/unit/phy/test_phy_${thing}.c USES phy LABELS phy)
endforeach()
if(BUILD_TESTING)
  set_tests_properties(test_phy_trace PROPERTIES LABELS "phy;traces")
  target_compile_definitions(test_phy_trace PRIVATE TRACES="${CMAKE_SOURCE_DIR}/tests/data/traces")
endif()
