# SPDX-License-Identifier: BSD-3-Clause
# Attacks of a hostile UE, a program of its own, on a real edge process over loopback.
if(BUILD_TESTING)
  add_executable(hostile_ue ${CMAKE_SOURCE_DIR}/tests/hostile/hostile_ue.c ${CMAKE_SOURCE_DIR}/tests/hostile/peer.c)
  target_link_libraries(hostile_ue PRIVATE proto base)
  set_target_properties(hostile_ue PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endif()
airbatch_test(test_hostile_edge ${CMAKE_SOURCE_DIR}/tests/hostile/test_hostile_edge.c USES edge_config dnn mac proto LABELS edge hostile)
if(TARGET test_hostile_edge)
  set_tests_properties(test_hostile_edge PROPERTIES RUN_SERIAL TRUE) # its port was free a moment ago
  target_sources(test_hostile_edge PRIVATE ${CMAKE_SOURCE_DIR}/tests/hostile/peer.c)
  add_dependencies(test_hostile_edge hostile_ue airbatch-edge)
  target_compile_definitions(test_hostile_edge PRIVATE EDGE="$<TARGET_FILE:airbatch-edge>" HOSTILE="$<TARGET_FILE:hostile_ue>")
endif()
