# SPDX-License-Identifier: BSD-3-Clause
set(unit ${CMAKE_SOURCE_DIR}/tests/unit)
airbatch_test(test_arrivals ${unit}/test_arrivals.c USES ue LABELS online)
