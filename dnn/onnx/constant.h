// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a tensor that the file holds, read value by value as it is stored.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <onnx.pb-c.h>
#include "base/err.h"

enum { ONNX_MAX_RANK = 8 };

struct constant {
	const Onnx__TensorProto *tensor; // or NULL: one of the two below, of an attribute of a Constant
	const float *floats;
	const int64_t *integers;
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
