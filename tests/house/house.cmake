# SPDX-License-Identifier: BSD-3-Clause
# The laws of the house (docs/contributing.md), read from the sources, the targets and the object files.
if(BUILD_TESTING)
  add_test(NAME house COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/house/test_house.py ${CMAKE_BINARY_DIR})
  set_tests_properties(house PROPERTIES LABELS "house;unit" TIMEOUT 600)
endif()
