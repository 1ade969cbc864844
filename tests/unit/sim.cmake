# SPDX-License-Identifier: BSD-3-Clause
add_library(sim_star STATIC EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/tests/unit/sim_star.c)
target_link_libraries(sim_star PUBLIC sim)
