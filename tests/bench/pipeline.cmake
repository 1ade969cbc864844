# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_pipeline ${CMAKE_SOURCE_DIR}/tests/bench/bench_pipeline.c USES pipeline_lab)
airbatch_bench(bench_pipeline_joint ${CMAKE_SOURCE_DIR}/tests/bench/bench_pipeline_joint.c USES joint_lab)
