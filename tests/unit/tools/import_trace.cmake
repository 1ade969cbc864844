# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_import_trace ${CMAKE_SOURCE_DIR}/tests/unit/tools/test_import_trace.c USES trace_import LABELS unit traces)
