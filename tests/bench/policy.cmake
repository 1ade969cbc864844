# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_policy ${CMAKE_SOURCE_DIR}/tests/bench/bench_policy.c USES policy_oracles)
airbatch_bench(bench_early_exit ${CMAKE_SOURCE_DIR}/tests/bench/bench_early_exit.c USES policy_oracles)
