# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_capture ${CMAKE_SOURCE_DIR}/tests/unit/records/test_capture.c USES capture PkgConfig::pcap LABELS "unit;see")
airbatch_test(test_layout ${CMAKE_SOURCE_DIR}/tests/unit/records/test_layout.c USES proto LABELS "unit;see")
if(TARGET test_layout)
  target_compile_definitions(test_layout PRIVATE PROTOCOL_PAGE="${CMAKE_SOURCE_DIR}/docs/protocol.md")
endif()
