# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_batcher ${CMAKE_SOURCE_DIR}/tests/bench/bench_batcher.c USES edge_desk)
