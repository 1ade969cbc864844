# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_link ${CMAKE_SOURCE_DIR}/tests/bench/bench_link.c USES mac)
airbatch_bench(bench_cell ${CMAKE_SOURCE_DIR}/tests/bench/bench_cell.c USES mac)
