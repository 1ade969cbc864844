# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(agent_gradient unit/test_agent_gradient.c USES rl m LABELS online)
