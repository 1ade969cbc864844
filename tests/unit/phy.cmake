# SPDX-License-Identifier: BSD-3-Clause
foreach(thing path_loss rate energy)
  airbatch_test(test_phy_${thing} ${CMAKE_SOURCE_DIR}/tests/unit/test_phy_${thing}.c USES phy LABELS phy)
endforeach()
