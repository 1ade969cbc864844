# SPDX-License-Identifier: BSD-3-Clause
# The life of a UE, without any host.
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
add_library(life_lab STATIC EXCLUDE_FROM_ALL ${unit}/ue/life_lab.c ${unit}/ue/life_play.c)
target_link_libraries(life_lab PUBLIC ue_life)
airbatch_test(test_task ${unit}/ue/test_task.c USES ue_life LABELS unit life)
airbatch_test(test_life ${unit}/ue/test_life.c USES life_lab LABELS unit life)
airbatch_test(test_life_admission ${unit}/ue/test_life_admission.c USES life_lab LABELS unit life early-exit orchestration)
airbatch_test(test_life_flow_shop ${unit}/ue/test_life_flow_shop.c USES life_lab LABELS unit life)
airbatch_test(test_life_random ${unit}/ue/test_life_random.c USES life_lab LABELS unit life)
