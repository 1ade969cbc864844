// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: numbers that are known on import: a tensor that the file holds, read value by value as it
// is stored, or what was computed from such (fold_private.h).
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <onnx.pb-c.h>
#include "base/err.h"

enum { ONNX_MAX_RANK = 8 };

struct constant {
	const Onnx__TensorProto *tensor; // or NULL: one of the two below, of an attribute or computed
	const float *floats;
	const int64_t *integers;
	const bool *of_batch; // computed: integers[i] times the batch, which is open; NULL = none is
	int rank;
	int64_t dims[ONNX_MAX_RANK]; // row-major
	int64_t values;
	bool is_integer;
};

// Checks shape, type and amount of data against each other. Refused are external data, negative sides, sides
// that claim more than the file holds, and types without a number. The error begins with `where`.
int constant_from_tensor(struct constant *c, const Onnx__TensorProto *tensor, const char *where,
			 struct err *err);
void constant_from_floats(struct constant *c, const float *values, int64_t n, bool scalar);
void constant_from_integers(struct constant *c, const int64_t *values, int64_t n, bool scalar);

// Value i, 0 <= i < c->values, of a constant of either kind.
double constant_real(const struct constant *c, int64_t i);
int64_t constant_integer(const struct constant *c, int64_t i);

// Whether whole number i, or any, is a multiple of the batch, which the file leaves open: then
// constant_integer is the factor.
bool constant_is_of_batch(const struct constant *c, int64_t i);
bool constant_has_batch(const struct constant *c);

// The one number that a tensor of one value holds. False when it holds another number of values.
bool constant_scalar(const struct constant *c, double *out);

// Elements of the sides from..to-1; -1 where that has more than 64 bits, which no shape has.
int64_t sides_product(const int64_t *sides, int from, int to);
