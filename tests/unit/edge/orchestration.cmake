# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
add_library(orch_lab STATIC EXCLUDE_FROM_ALL ${unit}/edge/orch_lab.c)
target_link_libraries(orch_lab PUBLIC orchestration policy_oracles)
airbatch_test(test_orch_model ${unit}/edge/test_orch_model.c USES orch_lab LABELS unit orchestration)
airbatch_test(test_orch_oracle ${unit}/edge/test_orch_oracle.c USES orch_lab LABELS unit orchestration)
airbatch_test(test_orch_instance ${unit}/edge/test_orch_instance.c USES orch_lab tool_plan LABELS unit orchestration)
