# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_cuda_executor ${CMAKE_SOURCE_DIR}/tests/gpu/test_cuda_executor.c USES dnn LABELS "dnn;gpu" TIMEOUT 600)
if(TARGET test_cuda_executor)
  target_sources(test_cuda_executor PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/dnn_lab.c)
  target_compile_definitions(test_cuda_executor PRIVATE NETWORKS="${CMAKE_SOURCE_DIR}/networks")
  if(TARGET airbatch-cuda)
    add_dependencies(test_cuda_executor airbatch-cuda)
  endif()
endif()

# Whole networks and profiles: scripts/gpu-selftest runs them.
foreach(program time_network profile_network)
  add_executable(${program} EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/gpu/${program}.c)
  target_link_libraries(${program} PRIVATE dnn)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endforeach()

# No GPU needed: what the compiler made of the kernels that select points.
find_package(Python3 COMPONENTS Interpreter)
if(TARGET points-ptx AND Python3_FOUND)
  add_test(NAME cuda_rounding COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/gpu/test_rounding.py $<TARGET_OBJECTS:points-ptx>)
  set_tests_properties(cuda_rounding PROPERTIES LABELS dnn)
endif()
