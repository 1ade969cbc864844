# SPDX-License-Identifier: BSD-3-Clause
airbatch_bench(bench_sim ${CMAKE_SOURCE_DIR}/tests/bench/bench_sim.c USES sim_star)

# The same scenario in ns-3, in C++ and only where it is installed (Debian: libns3-dev). bench_sim finds the program beside
# itself and prints the ratio.
find_path(NS3_INCLUDE ns3/core-module.h PATH_SUFFIXES ns3.37)
set(ns3_libraries)
foreach(module core network internet applications point-to-point)
  find_library(NS3_${module} NAMES ns3-${module} ns3.37-${module})
  list(APPEND ns3_libraries ${NS3_${module}})
endforeach()
if(NS3_INCLUDE AND NOT "${ns3_libraries}" MATCHES "NOTFOUND")
  enable_language(CXX)
  add_executable(bench_ns3 EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/bench/bench_ns3.cc)
  target_include_directories(bench_ns3 SYSTEM PRIVATE ${NS3_INCLUDE})
  target_link_libraries(bench_ns3 PRIVATE ${ns3_libraries})
  # -w: ns-3's own headers do not pass our warnings.
  set_target_properties(bench_ns3 PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench-bin CXX_STANDARD 17
                                             COMPILE_OPTIONS "-w;-O3")
  add_dependencies(bench_sim bench_ns3)
endif()
