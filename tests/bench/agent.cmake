# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_agent bench/bench_agent.c USES rl)
