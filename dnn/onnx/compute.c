// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/compute_private.h"

#include <string.h>

#include "dnn/onnx/attribute_private.h"
#include "dnn/onnx/node_private.h"

static const char value_by_value[] = "a constant, of constants",
		  of_parts[] = "a constant, of a constant's parts";

#define UNARY(name)                                                                                          \
	{                                                                                                    \
		name, 1, 1, 1, ATTRIBUTES(CONSUMED), NULL, compute_elementwise, value_by_value               \
	}
#define BINARY(name)                                                                                         \
	{                                                                                                    \
		name, 7, 2, 2, NULL, NULL, compute_elementwise, value_by_value                               \
	}
#define REDUCTION(name)                                                                                      \
	{                                                                                                    \
		name, 1, 1, 2, ATTRIBUTES(AXES, {"keepdims", INT}, {"noop_with_empty_axes", INT}), NULL,     \
		    compute_reduce, of_parts                                                                 \
	}

static const struct operator operators[] = {
    UNARY("Abs"),
    UNARY("Acos"),
    BINARY("And"),
    UNARY("Asin"),
    UNARY("Atan"),
    UNARY("Ceil"),
    UNARY("Cos"),
    UNARY("Cosh"),
    {"DequantizeLinear", 10, 2, 3, ATTRIBUTES(AXIS), NULL, compute_dequantize,
     "a constant, of whole numbers of up to 32 bits"},
    BINARY("Equal"),
    UNARY("Erf"),
    UNARY("Exp"),
    {"Expand", 8, 2, 2, NULL, NULL, compute_expand, of_parts},
    UNARY("Floor"),
    BINARY("Greater"),
    BINARY("GreaterOrEqual"),
    UNARY("IsNaN"),
    BINARY("Less"),
    BINARY("LessOrEqual"),
    UNARY("Log"),
    {"Mean", 1, 1, ANY_NUMBER, ATTRIBUTES(CONSUMED), NULL, compute_elementwise, value_by_value},
    UNARY("Not"),
    BINARY("Or"),
    BINARY("Pow"),
    {"Range", 11, 3, 3, NULL, NULL, compute_range, value_by_value},
    UNARY("Reciprocal"),
    REDUCTION("ReduceL1"),
    REDUCTION("ReduceL2"),
    REDUCTION("ReduceMax"),
    REDUCTION("ReduceMin"),
    REDUCTION("ReduceProd"),
    REDUCTION("ReduceSum"),
    REDUCTION("ReduceSumSquare"),
    UNARY("Round"),
    UNARY("Sign"),
    UNARY("Sin"),
    UNARY("Sinh"),
    {"Size", 1, 1, 1, NULL, NULL, compute_size, value_by_value},
    UNARY("Softplus"),
    UNARY("Softsign"),
    UNARY("Sqrt"),
    UNARY("Tan"),
    {"Tile", 6, 2, 2, NULL, NULL, compute_tile, of_parts},
    {"Where", 9, 3, 3, NULL, NULL, compute_where, value_by_value},
    BINARY("Xor"),
};
enum { N_OPERATORS = sizeof(operators) / sizeof(operators[0]) };

const struct operator* compute_operator(int i)
{
	return i < N_OPERATORS ? &operators[i] : NULL;
}

bool compute_is_possible(const struct builder *b, const Onnx__NodeProto *node)
{
	size_t n = 0;
	for (size_t i = 0; i < node->n_input; i++) {
		const struct value *v = node_input(&b->graph, node, i);
		if (*node->input[i] && (!v || !v->is_constant))
			return false;
		n += v != NULL;
	}
	return n > 0 && node_input(&b->graph, node, 0);
}
