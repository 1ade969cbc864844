// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: layers -> description and tensors.
#pragma once

#include "dnn/onnx/builder_private.h"
#include "dnn/onnx/import.h"

// Fills net's description, tensors and values; chosen[layer]: a sub-task ends behind it.
int write_network(const struct builder *b, const char *name, const bool *chosen, struct onnx_network *net);
