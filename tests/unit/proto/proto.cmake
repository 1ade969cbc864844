# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_message ${CMAKE_CURRENT_LIST_DIR}/test_message.c USES proto LABELS unit)
