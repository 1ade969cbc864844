# SPDX-License-Identifier: BSD-3-Clause
# Many jobs on one device: edge/policy/pipeline and its written problems.
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
add_library(pipeline_lab STATIC EXCLUDE_FROM_ALL ${unit}/edge/pipeline_lab.c)
target_link_libraries(pipeline_lab PUBLIC policy)
foreach(test schemes tree policies dvfs)
  airbatch_test(test_pipeline_${test} ${unit}/edge/test_pipeline_${test}.c USES pipeline_lab policy_oracles LABELS policy pipeline)
endforeach()
add_library(joint_lab STATIC EXCLUDE_FROM_ALL ${unit}/edge/joint_lab.c)
target_link_libraries(joint_lab PUBLIC pipeline_lab)
airbatch_test(test_pipeline_joint ${unit}/edge/test_pipeline_joint.c USES joint_lab policy_oracles LABELS policy pipeline)
airbatch_test(test_pipeline_instance ${unit}/edge/test_pipeline_instance.c USES tool_plan LABELS policy pipeline)
