# SPDX-License-Identifier: BSD-3-Clause
add_library(sim_star STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/unit/sim_star.c)
target_link_libraries(sim_star PUBLIC sim)
airbatch_test(test_sim_queue ${CMAKE_SOURCE_DIR}/tests/unit/test_sim_queue.c USES sim LABELS sim)
airbatch_test(test_sim_traffic ${CMAKE_SOURCE_DIR}/tests/unit/test_sim_traffic.c USES sim_star LABELS sim)
airbatch_test(test_sim_tasks ${CMAKE_SOURCE_DIR}/tests/unit/test_sim_tasks.c USES sim_star LABELS sim)
airbatch_test(test_summary ${CMAKE_SOURCE_DIR}/tests/unit/test_summary.c USES sim_star LABELS sim)
airbatch_test(test_datagram ${CMAKE_SOURCE_DIR}/tests/unit/test_datagram.c USES proto LABELS sim)
airbatch_test(test_verdict ${CMAKE_SOURCE_DIR}/tests/unit/test_verdict.c USES sim_star LABELS sim contract)
