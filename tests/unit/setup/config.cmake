# SPDX-License-Identifier: BSD-3-Clause
# What each process of a run is told.
airbatch_test(test_config_tables ${CMAKE_SOURCE_DIR}/tests/unit/setup/test_config_tables.c USES edge_config ue_config shaper_config LABELS unit)
if(TARGET test_config_tables)
  target_sources(test_config_tables PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/setup/config_lab.c)
endif()
airbatch_test(test_resolve ${CMAKE_SOURCE_DIR}/tests/unit/setup/test_resolve.c USES setup LABELS unit)
if(TARGET test_resolve)
  target_sources(test_resolve PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit/setup/config_lab.c)
endif()
