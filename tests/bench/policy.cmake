# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_policy ${CMAKE_SOURCE_DIR}/tests/bench/bench_policy.c USES policy_oracles)
