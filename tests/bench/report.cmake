# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_report ${CMAKE_SOURCE_DIR}/tests/bench/bench_report.c USES tool_report tool_run)
