# SPDX-License-Identifier: BSD-3-Clause
airbatch_test(test_dnn_network ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_network.c USES dnn LABELS dnn)
airbatch_test(test_dnn_executor ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_executor.c USES dnn LABELS dnn)
airbatch_test(test_dnn_layers ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_layers.c USES dnn LABELS dnn)
airbatch_test(test_dnn_profile ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_profile.c USES dnn LABELS dnn)
airbatch_test(test_dnn_replay ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_replay.c USES dnn LABELS dnn)
airbatch_test(test_dnn_samples ${CMAKE_SOURCE_DIR}/tests/unit/test_dnn_samples.c USES dnn LABELS dnn)
