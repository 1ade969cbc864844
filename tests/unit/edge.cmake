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
airbatch_test(test_energy ${unit}/test_energy.c USES edge_energy LABELS "edge;time")
if(TARGET test_energy)
  add_dependencies(test_energy fake_nvml_counter fake_nvml_power)
  target_compile_definitions(test_energy PRIVATE FAKE_NVML_COUNTER="$<TARGET_FILE:fake_nvml_counter>"
                                                 FAKE_NVML_POWER="$<TARGET_FILE:fake_nvml_power>")
endif()
airbatch_test(test_rows ${unit}/test_rows.c USES edge_rows dnn LABELS edge)
