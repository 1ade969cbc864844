# SPDX-License-Identifier: BSD-3-Clause
find_package(OpenMP REQUIRED COMPONENTS C)
airbatch_bench(bench_dnn_executor ${CMAKE_SOURCE_DIR}/tests/bench/bench_dnn_executor.c USES dnn dnnl OpenMP::OpenMP_C)
airbatch_bench(bench_dnn_features ${CMAKE_SOURCE_DIR}/tests/bench/bench_dnn_features.c USES dnn)
airbatch_bench(bench_dnn_exits ${CMAKE_SOURCE_DIR}/tests/bench/bench_dnn_exits.c USES dnn)
