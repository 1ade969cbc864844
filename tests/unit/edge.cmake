# SPDX-License-Identifier: BSD-3-Clause
# Parts of the edge process.
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
if(BUILD_TESTING)
  foreach(kind counter power)
    add_library(fake_nvml_${kind} MODULE ${unit}/fake_nvml.c)
    target_include_directories(fake_nvml_${kind} PRIVATE ${CMAKE_SOURCE_DIR})
  endforeach()
  target_compile_definitions(fake_nvml_counter PRIVATE WITH_COUNTER)
endif()
airbatch_test(test_energy ${unit}/test_energy.c USES edge_energy LABELS edge)
if(TARGET test_energy)
  add_dependencies(test_energy fake_nvml_counter fake_nvml_power)
  target_compile_definitions(test_energy PRIVATE FAKE_NVML_COUNTER="$<TARGET_FILE:fake_nvml_counter>"
                                                 FAKE_NVML_POWER="$<TARGET_FILE:fake_nvml_power>")
endif()
airbatch_test(test_punctual ${unit}/test_punctual.c USES edge LABELS edge contract)
airbatch_test(test_rows ${unit}/test_rows.c USES edge_rows dnn LABELS edge)
airbatch_test(test_server_rounds ${unit}/test_server_rounds.c USES edge mac edge_rows proto dnn LABELS edge)
airbatch_test(test_drift ${unit}/test_drift.c USES edge dnn LABELS edge)
airbatch_test(test_server_replay ${unit}/test_server_replay.c USES edge mac edge_rows proto dnn LABELS edge)
if(TARGET test_server_replay)
  target_sources(test_server_replay PRIVATE ${CMAKE_SOURCE_DIR}/edge/server_batches.c ${CMAKE_SOURCE_DIR}/edge/session.c
                                            ${CMAKE_SOURCE_DIR}/edge/models.c ${CMAKE_SOURCE_DIR}/edge/server_jobs.c)
endif()
if(TARGET test_server_rounds)
  target_sources(test_server_rounds PRIVATE ${CMAKE_SOURCE_DIR}/edge/server_rounds.c ${CMAKE_SOURCE_DIR}/edge/session.c
                 ${CMAKE_SOURCE_DIR}/edge/server_jobs.c)
endif()
