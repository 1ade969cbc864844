# SPDX-License-Identifier: BSD-3-Clause
add_subdirectory(${CMAKE_SOURCE_DIR}/tests/validation ${CMAKE_BINARY_DIR}/tests/validation)
