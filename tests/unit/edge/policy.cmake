# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
add_library(policy_oracles STATIC EXCLUDE_FROM_ALL ${unit}/edge/policy_random.c ${unit}/edge/policy_reference.c
            ${unit}/edge/early_exit_draw.c)
target_link_libraries(policy_oracles PUBLIC policy)
foreach(test random optimum ties check extremes calendar rules predict parameters)
  airbatch_test(test_policy_${test} ${unit}/edge/test_policy_${test}.c USES policy_oracles LABELS policy)
endforeach()

airbatch_test(test_policy_largest ${unit}/edge/test_policy_largest.c USES policy_oracles LABELS "policy;faults")
airbatch_test(test_policy_instance ${unit}/edge/test_policy_instance.c USES policy_oracles tool_plan LABELS policy)
airbatch_test(test_policy_answer ${unit}/edge/test_policy_answer.c USES tool_plan policy LABELS policy)
airbatch_test(test_policy_cases ${unit}/edge/test_policy_cases.c USES tool_plan LABELS policy)
airbatch_test(test_policy_savings ${unit}/edge/test_policy_savings.c USES policy_oracles tool_plan LABELS policy)
airbatch_test(test_policy_command ${unit}/edge/test_policy_command.c USES policy_oracles tool_plan LABELS policy)

foreach(test optimum table rules expected)
  airbatch_test(test_early_exit_${test} ${unit}/edge/test_early_exit_${test}.c USES policy_oracles LABELS "policy;early-exit")
endforeach()

airbatch_test(test_early_exit_instance ${unit}/edge/test_early_exit_instance.c USES tool_plan LABELS "policy;early-exit")

# Outside policies: the example, and one that is wrong in four ways.
function(outside_policy name file)
  add_library(${name} MODULE ${file})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endfunction()
if(BUILD_TESTING)
  outside_policy(strongest_alone ${CMAKE_SOURCE_DIR}/edge/policy/example/strongest_alone.c)
  outside_policy(equal_bands ${CMAKE_SOURCE_DIR}/edge/policy/example/equal_bands.c)
  target_link_libraries(equal_bands PRIVATE m)
  outside_policy(policy_without_symbol ${unit}/edge/policy_broken.c BROKEN=1)
  outside_policy(policy_of_old_abi ${unit}/edge/policy_broken.c BROKEN=2)
  outside_policy(policy_that_is_late ${unit}/edge/policy_broken.c BROKEN=3)
  outside_policy(policy_without_plan ${unit}/edge/policy_broken.c BROKEN=4)
  add_dependencies(test_policy_command strongest_alone policy_without_symbol policy_of_old_abi policy_that_is_late
                   policy_without_plan)
  foreach(test cases savings)
    target_compile_definitions(test_policy_${test} PRIVATE INSTANCES="${CMAKE_SOURCE_DIR}/tests/data/instances")
  endforeach()
  target_compile_definitions(test_policy_command PRIVATE
    QUICKSTART="${CMAKE_SOURCE_DIR}/topologies/quickstart.yaml"
    INSTANCES="${CMAKE_SOURCE_DIR}/tests/data/instances"
    STRONGEST_ALONE="$<TARGET_FILE:strongest_alone>"
    BROKEN_SYMBOL="$<TARGET_FILE:policy_without_symbol>"
    BROKEN_ABI="$<TARGET_FILE:policy_of_old_abi>"
    BROKEN_LATE="$<TARGET_FILE:policy_that_is_late>"
    BROKEN_EMPTY="$<TARGET_FILE:policy_without_plan>")
endif()
