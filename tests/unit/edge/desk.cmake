# SPDX-License-Identifier: BSD-3-Clause
# The edge's story as a state machine.
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
find_package(PkgConfig REQUIRED)
pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
add_library(desk_lab STATIC EXCLUDE_FROM_ALL ${unit}/edge/desk_lab.c ${unit}/edge/desk_world.c ${unit}/edge/desk_world_grants.c
            ${unit}/edge/policy_shrinking.c ${CMAKE_SOURCE_DIR}/edge/policy/example/equal_bands.c)
target_link_libraries(desk_lab PUBLIC edge_desk PkgConfig::cmocka)
airbatch_test(test_desk_random ${unit}/edge/test_desk_random.c USES desk_lab LABELS unit edge desk early-exit)
airbatch_test(test_desk_shrinking ${unit}/edge/test_desk_shrinking.c USES desk_lab LABELS unit edge desk early-exit)
airbatch_test(test_desk_rules ${unit}/edge/test_desk_rules.c USES desk_lab LABELS unit edge desk)
airbatch_test(test_desk_replay ${unit}/edge/test_desk_replay.c USES desk_lab sim_star LABELS unit edge sim desk)
if(TARGET test_desk_replay)
  add_dependencies(test_desk_replay policy_that_is_late)
  target_compile_definitions(test_desk_replay PRIVATE POLICY_THAT_IS_LATE="$<TARGET_FILE:policy_that_is_late>")
endif()
airbatch_test(test_desk_grants ${unit}/edge/test_desk_grants.c USES desk_lab LABELS unit edge desk)
airbatch_test(test_batcher ${CMAKE_CURRENT_LIST_DIR}/test_batcher.c USES edge_desk LABELS unit desk)
airbatch_test(test_batcher_modes ${CMAKE_CURRENT_LIST_DIR}/test_batcher_modes.c USES edge_desk LABELS unit desk early-exit)
