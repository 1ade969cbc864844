# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_experiment_outcomes ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_experiment_outcomes.c USES tool_offline LABELS policy)
airbatch_test(test_experiment_shapes ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_experiment_shapes.c USES tool_offline LABELS policy)
if(TARGET test_experiment_outcomes)
  target_compile_definitions(test_experiment_outcomes PRIVATE
    OFFLINE_TOPOLOGY="${CMAKE_SOURCE_DIR}/topologies/offline-mobilenet-v2-different.yaml")
endif()
