# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_emu_cell ${CMAKE_SOURCE_DIR}/tests/unit/setup/test_emu_cell.c USES setup_cell LABELS unit radio)
airbatch_test(test_sim_radio ${CMAKE_SOURCE_DIR}/tests/unit/setup/test_sim_radio.c USES sim_star LABELS sim radio)
airbatch_test(test_sim_traces ${CMAKE_SOURCE_DIR}/tests/unit/setup/test_sim_traces.c USES sim_star LABELS sim radio traces)
if(BUILD_TESTING)
  target_compile_definitions(test_sim_traces PRIVATE TRACES="${CMAKE_SOURCE_DIR}/tests/data/traces")
endif()
