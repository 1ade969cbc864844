# SPDX-License-Identifier: BSD-3-Clause
# The CUDA plug-in on a processor: its own files, built against a stand-in for CUDA (tests/cuda_host/control.h) into a
# library of the same name that lies where only tests look.
if(NOT BUILD_TESTING)
  return()
endif()
set(host ${CMAKE_SOURCE_DIR}/tests/cuda_host)
set(plugin ${CMAKE_SOURCE_DIR}/dnn/cuda)
add_library(airbatch-cuda-host MODULE
  ${plugin}/backend.c ${plugin}/graph.c ${plugin}/memory.c ${plugin}/product.c ${plugin}/weights.c ${plugin}/steps.c
  ${plugin}/steps_points.c ${plugin}/steps_take.c
  ${CMAKE_SOURCE_DIR}/dnn/cpu_layout.c ${CMAKE_SOURCE_DIR}/dnn/sizes.c ${CMAKE_SOURCE_DIR}/base/err.c
  ${host}/state.c ${host}/device.c ${host}/memory.c ${host}/queue.c ${host}/event.c ${host}/copy.c ${host}/graph.c ${host}/launch.c
  ${host}/blas.c ${host}/blas_product.c ${host}/kernels.c ${host}/kernels_points.c)
set_target_properties(airbatch-cuda-host PROPERTIES
  OUTPUT_NAME airbatch-cuda
  LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/cuda_host
  C_VISIBILITY_PRESET hidden)
target_include_directories(airbatch-cuda-host PRIVATE ${host}/include ${CMAKE_SOURCE_DIR})
# Of cuda_lab_network's im2col, as many images as make uneven parts of a batch.
target_compile_definitions(airbatch-cuda-host PRIVATE WORKSPACE_BYTES=12000)
target_link_libraries(airbatch-cuda-host PRIVATE Threads::Threads m)
# The arithmetic of a GPU on a processor: vectorised in every build type.
set_source_files_properties(${host}/kernels.c TARGET_DIRECTORY airbatch-cuda-host PROPERTIES COMPILE_OPTIONS -O3)
set_source_files_properties(${host}/kernels_points.c TARGET_DIRECTORY airbatch-cuda-host PROPERTIES COMPILE_OPTIONS "-O3;-ffp-contract=off")

airbatch_test(test_cuda_host ${CMAKE_SOURCE_DIR}/tests/unit/dnn/test_cuda_host.c USES dnn Threads::Threads LABELS dnn early-exit)
airbatch_test(test_cuda_host_failures ${CMAKE_SOURCE_DIR}/tests/unit/dnn/test_cuda_host_failures.c USES dnn LABELS dnn)
foreach(test test_cuda_host test_cuda_host_failures)
  target_sources(${test} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/dnn/cuda_lab.c ${CMAKE_SOURCE_DIR}/tests/unit/dnn/dnn_lab.c)
  target_compile_definitions(${test} PRIVATE NETWORKS="${CMAKE_SOURCE_DIR}/dnn/networks"
                             PLUGIN_DIRECTORY="${CMAKE_BINARY_DIR}/tests/cuda_host")
  add_dependencies(${test} airbatch-cuda-host)
endforeach()

if(TARGET test_cuda_host)
  target_sources(test_cuda_host PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/dnn/exits_lab.c)
endif()

# Where a toolkit is found, its headers judge the stand-in's.
add_library(cuda-host-values OBJECT ${host}/values.c)
target_include_directories(cuda-host-values PRIVATE ${host}/include)
target_compile_definitions(cuda-host-values PRIVATE VALUES=cuda_values_of_stand_in)
find_package(CUDAToolkit 12 QUIET)
if(CUDAToolkit_FOUND AND EXISTS ${CUDAToolkit_INCLUDE_DIRS}/cublasLt.h)
  add_library(cuda-host-toolkit OBJECT ${host}/toolkit_agrees.c ${host}/values.c)
  target_include_directories(cuda-host-toolkit SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS})
  target_compile_definitions(cuda-host-toolkit PRIVATE VALUES=cuda_values_of_toolkit)
  airbatch_test(test_cuda_host_headers ${CMAKE_SOURCE_DIR}/tests/unit/dnn/test_cuda_host_headers.c
                USES cuda-host-values cuda-host-toolkit LABELS dnn)
endif()
