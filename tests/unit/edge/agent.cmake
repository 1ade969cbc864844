# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(agent_gradient unit/edge/test_agent_gradient.c USES rl m LABELS online)
airbatch_test(agent_learning unit/edge/test_agent_learning.c USES rl m LABELS online)
airbatch_test(agent_file unit/edge/test_agent_file.c USES rl m LABELS online)
airbatch_test(test_online_env unit/edge/test_online_env.c USES online_env m LABELS online)
