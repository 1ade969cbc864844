# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
airbatch_test(test_arrivals ${unit}/edge/test_arrivals.c USES ue_life LABELS online)
airbatch_test(test_online_slot ${unit}/edge/test_online_slot.c USES online policy_oracles LABELS online)
airbatch_test(test_online_decider ${unit}/edge/test_online_decider.c USES online_env policy_oracles LABELS online)
airbatch_test(test_online_sim ${unit}/edge/test_online_sim.c USES sim_star rl LABELS online)
