// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the network's input, as the file declares it and as the user completes it.
#pragma once

#include "dnn/onnx/builder_private.h"

// Fills b->batch and b->input and makes the graph's input a tensor. `given` is struct onnx_options'
// input_shape. A side that the file leaves open (no number, -1 or 0) must be given, but the batch, which
// stays open then.
int input_bind(struct builder *b, const char *given);
