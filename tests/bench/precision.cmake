# SPDX-License-Identifier: BSD-3-Clause
# Not in the bench target's way: there it takes the short plan. Everybody else starts it by scripts/bench-precision.
set(precision ${CMAKE_SOURCE_DIR}/tests/bench/precision)
add_library(precision_law STATIC EXCLUDE_FROM_ALL ${precision}/law.c)
target_include_directories(precision_law PUBLIC ${CMAKE_SOURCE_DIR})
target_link_libraries(precision_law PUBLIC m)
add_executable(bench_precision EXCLUDE_FROM_ALL ${precision}/bench_precision.c ${precision}/cell.c ${precision}/system.c
               ${precision}/traffic.c ${precision}/table.c ${precision}/hogs.c ${CMAKE_SOURCE_DIR}/tests/e2e/lab_tap.c)
target_link_libraries(bench_precision PRIVATE precision_law shaper_lab PkgConfig::pcap Threads::Threads)
set_target_properties(bench_precision PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench-bin)
add_custom_target(run-bench_precision COMMAND bench_precision --quick DEPENDS bench_precision USES_TERMINAL)
add_dependencies(bench run-bench_precision)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
if(BUILD_TESTING)
  set_target_properties(bench_precision PROPERTIES EXCLUDE_FROM_ALL FALSE)
  add_test(NAME bench_precision_smoke COMMAND bench_precision --smoke)
  set_tests_properties(bench_precision_smoke PROPERTIES LABELS "net;radio" SKIP_RETURN_CODE 77 TIMEOUT 300 RUN_SERIAL TRUE)
  # What only an undisturbed machine can show: figures, no verdict (ctest --preset precision).
  add_test(NAME precision_shaper COMMAND sh -c "$<TARGET_FILE:bench_precision> --quick || true")
  add_test(NAME precision_simulation COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/e2e/precision.py)
  set_tests_properties(precision_shaper precision_simulation PROPERTIES LABELS precision TIMEOUT 900 RUN_SERIAL TRUE
                       ENVIRONMENT "AIRBATCH_BUILD=${CMAKE_BINARY_DIR}")
endif()
airbatch_test(test_precision_law ${CMAKE_SOURCE_DIR}/tests/unit/emu/test_precision_law.c USES precision_law base LABELS unit)
