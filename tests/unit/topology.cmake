# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_topology ${CMAKE_SOURCE_DIR}/tests/unit/test_topology.c USES topology LABELS unit)
airbatch_test(test_topology_errors ${CMAKE_SOURCE_DIR}/tests/unit/test_topology_errors.c USES topology LABELS unit)
airbatch_test(test_topology_mutations ${CMAKE_SOURCE_DIR}/tests/unit/test_topology_mutations.c USES topology LABELS unit)
foreach(name test_topology test_topology_mutations)
  if(TARGET ${name})
    target_compile_definitions(${name} PRIVATE QUICKSTART="${CMAKE_SOURCE_DIR}/topologies/quickstart.yaml")
  endif()
endforeach()
