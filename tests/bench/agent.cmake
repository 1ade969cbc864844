# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_agent bench/bench_agent.c USES rl)
# The same in PyTorch, where Debian's Python has it. Debian's, for that is where python3-torch goes.
add_custom_command(TARGET run-bench_agent POST_BUILD
                   COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/bench/bench_agent_torch.py)
airbatch_bench(bench_online_env bench/bench_online_env.c USES tool_train)
target_compile_definitions(bench_online_env PRIVATE AIRBATCH_SOURCE="${CMAKE_SOURCE_DIR}")
