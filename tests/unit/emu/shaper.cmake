# SPDX-License-Identifier: BSD-3-Clause
add_library(shaper_lab STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/e2e/shaper_lab.c)
target_link_libraries(shaper_lab PUBLIC shaper_model)
target_compile_definitions(shaper_lab PRIVATE SHAPER_PROGRAM="$<TARGET_FILE:airbatch-shaper>"
                           SHAPER_NET="${CMAKE_SOURCE_DIR}/tests/e2e/shaper_net.sh")
add_dependencies(shaper_lab airbatch-shaper)
airbatch_test(test_shaper_model ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_shaper_model.c USES shaper_model LABELS unit)
airbatch_test(test_shaper_shares ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_shaper_shares.c USES shaper_model LABELS unit hostile)
airbatch_test(test_lead ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_lead.c USES base LABELS unit radio)
airbatch_test(test_shaper_net ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_shaper_net.c USES shaper_lab PkgConfig::pcap PkgConfig::jansson
              LABELS net)
set_tests_properties(test_shaper_net PROPERTIES RUN_SERIAL ON)
airbatch_test(test_shaper_grants ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_shaper_grants.c USES shaper_lab LABELS net radio)
set_tests_properties(test_shaper_grants PROPERTIES RUN_SERIAL ON)
