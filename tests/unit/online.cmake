# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
airbatch_test(test_arrivals ${unit}/test_arrivals.c USES ue_life LABELS online)
airbatch_test(test_online_slot ${unit}/test_online_slot.c USES online policy_oracles LABELS online)
airbatch_test(test_online_decider ${unit}/test_online_decider.c USES online_env policy_oracles LABELS online)
airbatch_test(test_online_sim ${unit}/test_online_sim.c USES sim_star rl LABELS online)
