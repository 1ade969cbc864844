# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_orchestration ${CMAKE_SOURCE_DIR}/tests/bench/bench_orchestration.c USES online_orchestration)
