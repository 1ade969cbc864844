# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_cuda_executor ${CMAKE_SOURCE_DIR}/tests/gpu/test_cuda_executor.c USES dnn LABELS "dnn;gpu" TIMEOUT 600)
if(TARGET test_cuda_executor)
  target_sources(test_cuda_executor PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/dnn_lab.c)
  target_compile_definitions(test_cuda_executor PRIVATE NETWORKS="${CMAKE_SOURCE_DIR}/networks")
  if(TARGET airbatch-cuda)
    add_dependencies(test_cuda_executor airbatch-cuda)
  endif()
endif()

# Whole networks beside PyTorch: scripts/gpu-selftest runs it.
add_executable(time_network EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/gpu/time_network.c)
target_link_libraries(time_network PRIVATE dnn)
set_target_properties(time_network PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench-bin)
