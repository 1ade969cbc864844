# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_shaper ${CMAKE_SOURCE_DIR}/tests/bench/bench_shaper.c USES shaper_lab Threads::Threads)
