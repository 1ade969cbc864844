# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_cuda_executor ${CMAKE_SOURCE_DIR}/tests/gpu/test_cuda_executor.c USES dnn LABELS "dnn;gpu" TIMEOUT 600)
if(TARGET test_cuda_executor)
  target_sources(test_cuda_executor PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/dnn/dnn_lab.c)
  target_compile_definitions(test_cuda_executor PRIVATE NETWORKS="${CMAKE_SOURCE_DIR}/dnn/networks")
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

# The build that a machine with a GPU makes, which has fewer packages: nothing of the emulation may be needed for it.
if(NOT AIRBATCH_DNN_ONLY AND NOT AIRBATCH_SANITIZE)
  add_test(NAME dnn_only_build COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/dnn-only --build-generator ${CMAKE_GENERATOR}
    --build-target profile_network
    --build-options -DAIRBATCH_DNN_ONLY=ON -DAIRBATCH_CUDA=OFF -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
                    -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER})
  set_tests_properties(dnn_only_build PROPERTIES LABELS "dnn;long" TIMEOUT 300)
endif()
