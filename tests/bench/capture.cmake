# SPDX-License-Identifier: BSD-3-Clause
# The shaper twice more, with capture calls that are timed: as it is, and with pcap_dump in its loop.
set(plain "capture_open=plain_capture_open;capture_packet=plain_capture_packet;capture_finish=plain_capture_finish")
foreach(way thread loop)
  set(shaper ${CMAKE_SOURCE_DIR}/emu/shaper)
  set(capture ${CMAKE_SOURCE_DIR}/tests/bench/capture_in_loop.c)
  if(way STREQUAL thread)
    set(capture ${shaper}/capture.c)
  endif()
  add_executable(shaper-timed-${way} EXCLUDE_FROM_ALL ${shaper}/main.c ${shaper}/setup.c ${shaper}/eal.c ${shaper}/ports.c
                 ${shaper}/forward.c ${shaper}/loop.c ${shaper}/upkeep.c ${shaper}/report.c ${capture}
                 ${CMAKE_SOURCE_DIR}/tests/bench/capture_timed.c)
  set_source_files_properties(${capture} PROPERTIES COMPILE_DEFINITIONS "${plain}")
  target_link_libraries(shaper-timed-${way} PRIVATE shaper_model capture PkgConfig::dpdk PkgConfig::pcap Threads::Threads)
  set_target_properties(shaper-timed-${way} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench-bin)
endforeach()
airbatch_bench(bench_capture ${CMAKE_SOURCE_DIR}/tests/bench/bench_capture.c USES shaper_lab)
target_compile_definitions(bench_capture PRIVATE THREAD_PROGRAM="$<TARGET_FILE:shaper-timed-thread>"
                           LOOP_PROGRAM="$<TARGET_FILE:shaper-timed-loop>")
add_dependencies(bench_capture shaper-timed-thread shaper-timed-loop)
