// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: nodes all of whose inputs are constants are computed on import, whatever their operator.
// Each function binds the node's output to a constant. Real numbers are computed in double precision and
// rounded to float; whole ones exactly, or refused. (compute_*.c)
#pragma once

#include "dnn/onnx/fold_private.h"
#include "dnn/onnx/operators_private.h"

// Row i, from 0, of the operators that only constants may have; NULL behind the last.
const struct operator* compute_operator(int i);

// Whether the node reads constants alone, the first of its inputs among them.
bool compute_is_possible(const struct builder *b, const Onnx__NodeProto *node);

// Value by value, sides of 1 repeated: the operators of its table.
int compute_elementwise(struct builder *b, const Onnx__NodeProto *node);
int compute_where(struct builder *b, const Onnx__NodeProto *node);
int compute_clip(struct builder *b, const Onnx__NodeProto *node);
int compute_dequantize(struct builder *b, const Onnx__NodeProto *node);

// Values at other places.
int compute_transpose(struct builder *b, const Onnx__NodeProto *node);
int compute_expand(struct builder *b, const Onnx__NodeProto *node);
int compute_tile(struct builder *b, const Onnx__NodeProto *node);
int compute_pad(struct builder *b, const Onnx__NodeProto *node);
int compute_range(struct builder *b, const Onnx__NodeProto *node);
int compute_size(struct builder *b, const Onnx__NodeProto *node);

// Sums and products.
int compute_reduce(struct builder *b, const Onnx__NodeProto *node);
int compute_matmul(struct builder *b, const Onnx__NodeProto *node);

// Reads the node as if its first input were the network's, and runs the layers that come of it in the
// reference (dnn/reference.h).
int compute_by_reference(struct builder *b, const Onnx__NodeProto *node, const struct operator* row);
