// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: constants computed on import. Exporters write the sides of a Reshape as arithmetic on the
// shape of a tensor; all of it is known but the batch, which stays a symbol: a whole number is k, or k times
// the batch. What would need the batch's value is refused.
#pragma once

#include "dnn/onnx/builder_private.h"

// A constant under construction.
struct fold {
	struct builder *b;
	const Onnx__NodeProto *node;
	struct constant made;
	int64_t *integers; // of made, or
	float *floats;
	bool *of_batch; // beside integers
};

// Makes room for a constant of these sides. Refuses negative sides and too many values.
int fold_begin(struct fold *f, struct builder *b, const Onnx__NodeProto *node, bool is_integer, int rank,
	       const int64_t *dims);

// Value `to` becomes value i of `from`, which is of the same kind.
void fold_copy(struct fold *f, int64_t to, const struct constant *from, int64_t i);

// Makes it `out`, the node's output or one of them.
void fold_bind(const struct fold *f, struct value *out);

// Binds the node's output to the same values with other sides, of which there are as many. A refusal else.
int fold_reshape(struct builder *b, const Onnx__NodeProto *node, const struct constant *from, int rank,
		 const int64_t *dims);

// Whether inputs 0..n-1 of the node are all constants.
bool fold_inputs(const struct builder *b, const Onnx__NodeProto *node, size_t n);

// Makes dims[*rank] those of a tensor that c and what had these sides are broadcast to, as ONNX does. Refuses
// what does not fit.
int fold_join_sides(const struct builder *b, const Onnx__NodeProto *node, const struct constant *c, int *rank,
		    int64_t *dims);

// Where element i of a tensor with these sides lies in c, whose sides of 1 are repeated.
int64_t fold_broadcast_place(const struct constant *c, int rank, const int64_t *dims, int64_t i);

// Add, Sub, Mul, Div of two constants of whole numbers, which may be multiples of the batch.
int fold_arithmetic(struct builder *b, const Onnx__NodeProto *node, char operation);

int fold_concat(struct builder *b, const Onnx__NodeProto *node);

// What of a dimension is taken: count elements from `first` on, each `step` behind the last.
struct range {
	int64_t first, count, step;
};

// Takes a range of every dimension: ranges[from->rank].
int fold_ranges(struct builder *b, const Onnx__NodeProto *node, const struct constant *from,
		const struct range *ranges, struct value *out);
