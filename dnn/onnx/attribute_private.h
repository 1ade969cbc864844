// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: how the tables of operators write down what a row takes.
#pragma once

#include "dnn/onnx/operators_private.h"

enum { ANY_NUMBER = 1 << 20 }; // of inputs

#define INT ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT
#define INTS ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS
#define FLOAT ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT
#define FLOATS ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS
#define STRING ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING
#define TENSOR ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR
#define ATTRIBUTES(...) ((const struct operator_attribute[]){__VA_ARGS__, {NULL, 0}})

#define WINDOW                                                                                               \
	{"auto_pad", STRING}, {"kernel_shape", INTS}, {"pads", INTS},                                        \
	{                                                                                                    \
		"strides", INTS                                                                              \
	}
#define AXIS                                                                                                 \
	{                                                                                                    \
		"axis", INT                                                                                  \
	}
#define AXES                                                                                                 \
	{                                                                                                    \
		"axes", INTS                                                                                 \
	}
#define CONSUMED                                                                                             \
	{                                                                                                    \
		"consumed_inputs", INTS                                                                      \
	}
