// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/operators_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dnn/onnx/attribute_private.h"
#include "dnn/onnx/compute_private.h"
#include "dnn/onnx/import.h"
#include "dnn/onnx/node_private.h"

static const struct operator operators[] = {
    {"Add", 1, 2, 2, NULL, read_add, compute_elementwise,
     "`add`; a constant a channel is folded, or a `depthwise 1x1`; whole numbers are computed"},
    {"AveragePool", 1, 1, 1,
     ATTRIBUTES(WINDOW, {"ceil_mode", INT}, {"count_include_pad", INT}, {"dilations", INTS}), read_pool, NULL,
     "`pool`; not dilated, not both `ceil_mode` and `count_include_pad`"},
    {"BatchNormalization", 1, 5, 5,
     ATTRIBUTES({"epsilon", FLOAT}, {"momentum", FLOAT}, {"training_mode", INT}, {"spatial", INT},
		{"is_test", INT}, {"consumed_inputs", INTS}),
     read_batch_normalization, NULL,
     "folded into the layer before, or a `depthwise 1x1`; not in training mode"},
    {"Cast", 6, 1, 1, ATTRIBUTES({"to", INT}), read_cast, read_cast,
     "nothing; constants become float, double, bool or whole numbers, tensors stay float"},
    {"Clip", 1, 1, 3, ATTRIBUTES({"min", FLOAT}, {"max", FLOAT}), read_clip, compute_clip,
     "`relu6` (0 to 6), `relu` (from 0) or `clip`"},
    {"Concat", 1, 1, ANY_NUMBER, ATTRIBUTES(AXIS), read_concat, read_concat,
     "`concat`; channels only; constants are joined"},
    {"Constant", 1, 0, 0,
     ATTRIBUTES({"value", TENSOR}, {"value_float", FLOAT}, {"value_floats", FLOATS}, {"value_int", INT},
		{"value_ints", INTS}),
     read_constant, read_constant, "for weights, shapes and limits"},
    {"ConstantOfShape", 9, 1, 1, ATTRIBUTES({"value", TENSOR}), read_constant_of_shape,
     read_constant_of_shape, "a constant; not of the batch's size"},
    {"Conv", 1, 2, 3, ATTRIBUTES(WINDOW, {"dilations", INTS}, {"group", INT}), read_conv, NULL,
     "`conv`, or `depthwise` where every channel is a group; 1-D (rows of height 1) and 2-D"},
    {"Div", 1, 2, 2, NULL, read_divide, compute_elementwise, "by a constant a channel; as Mul"},
    {"Dropout", 1, 1, 3,
     ATTRIBUTES({"ratio", FLOAT}, {"seed", INT}, {"is_test", INT}, {"consumed_inputs", INTS}), read_dropout,
     read_dropout, "nothing; not in training mode"},
    {"Elu", 6, 1, 1, ATTRIBUTES({"alpha", FLOAT}), read_activation, NULL, "`elu`"},
    {"Flatten", 1, 1, 1, ATTRIBUTES(AXIS), read_flatten, read_flatten,
     "nothing: whoever reads it permutes its weights"},
    {"Gather", 1, 2, 2, ATTRIBUTES(AXIS), read_gather, read_gather, "a constant, of constants and shapes"},
    {"Gemm", 1, 2, 3, ATTRIBUTES({"alpha", FLOAT}, {"beta", FLOAT}, {"transA", INT}, {"transB", INT}),
     read_gemm, NULL, "`fc`; constant matrix and bias, not `transA`"},
    {"GlobalAveragePool", 1, 1, 1, NULL, read_global_pool, NULL, "`pool global`"},
    {"GlobalMaxPool", 1, 1, 1, NULL, read_global_pool, NULL, "`maxpool global`"},
    {"HardSigmoid", 6, 1, 1, ATTRIBUTES({"alpha", FLOAT}, {"beta", FLOAT}), read_activation, NULL,
     "`hardsigmoid`; times what it reads, with 1/6 and 1/2, `hardswish`"},
    {"HardSwish", 1, 1, 1, NULL, read_activation, NULL, "`hardswish`"},
    {"Identity", 1, 1, 1, NULL, read_identity, read_identity, "nothing"},
    {"LeakyRelu", 6, 1, 1, ATTRIBUTES({"alpha", FLOAT}), read_activation, NULL, "`leakyrelu`"},
    {"MatMul", 1, 2, 2, NULL, read_matmul, compute_matmul,
     "`fc`; by a constant matrix, one row a batch element"},
    {"Max", 6, 1, ANY_NUMBER, NULL, read_maximum, compute_elementwise,
     "`relu` or `clip`; of a tensor and one number"},
    {"MaxPool", 1, 1, 1, ATTRIBUTES(WINDOW, {"ceil_mode", INT}, {"dilations", INTS}, {"storage_order", INT}),
     read_pool, NULL, "`maxpool`; not dilated, without indices"},
    {"Min", 6, 1, ANY_NUMBER, NULL, read_minimum, compute_elementwise, "`clip`; of a tensor and one number"},
    {"Mul", 1, 2, 2, NULL, read_multiply, compute_elementwise,
     "by a constant a channel: folded, or a `depthwise 1x1`; of two tensors `multiply`, the second as large "
     "or one "
     "value a channel"},
    {"Neg", 6, 1, 1, NULL, read_negative, compute_elementwise, "as Mul by -1"},
    {"PRelu", 7, 2, 2, NULL, read_prelu, NULL,
     "`relu` of x and of -x, each a channel its slope, and their `add`; a constant slope a channel"},
    {"Pad", 1, 1, 4, ATTRIBUTES({"mode", STRING}, {"pads", INTS}, {"paddings", INTS}, {"value", FLOAT}),
     read_pad, compute_pad,
     "zeros around rows and columns: the next kernel's padding where that is the same, else a `depthwise`"},
    {"ReduceMean", 1, 1, 2, ATTRIBUTES(AXES, {"keepdims", INT}, {"noop_with_empty_axes", INT}),
     read_reduce_mean, compute_reduce, "`pool global`; over all rows and columns"},
    {"Relu", 1, 1, 1, NULL, read_activation, NULL, "`relu`"},
    {"Reshape", 1, 2, 2, ATTRIBUTES({"allowzero", INT}), read_reshape, read_reshape,
     "nothing: flattening, or sides of 1; a shape that is constant but for the batch, which stays first"},
    {"Shape", 1, 1, 1, ATTRIBUTES({"start", INT}, {"end", INT}), read_shape, read_shape,
     "a constant, but for the batch; an open batch is first in it"},
    {"Sigmoid", 1, 1, 1, NULL, read_activation, NULL, "`sigmoid`; times what it reads, `silu`"},
    {"Slice", 1, 1, 5, ATTRIBUTES(AXES, {"starts", INTS}, {"ends", INTS}), read_slice, read_slice,
     "`channels` or `rows`, without steps; any part of a constant"},
    {"Softmax", 1, 1, 1, ATTRIBUTES(AXIS), read_softmax, NULL, "`softmax`; over the channels"},
    {"Split", 2, 1, 2, ATTRIBUTES(AXIS, {"split", INTS}, {"num_outputs", INT}), read_split, read_split,
     "`channels` or `rows`, one a part"},
    {"Squeeze", 1, 1, 2, ATTRIBUTES(AXES), read_squeeze, read_squeeze, "nothing"},
    {"Sub", 1, 2, 2, NULL, read_subtract, compute_elementwise,
     "a constant a channel; as Add; of two tensors the second times -1, and `add`"},
    {"Sum", 1, 1, ANY_NUMBER, NULL, read_sum, compute_elementwise, "`add`, one for each further input"},
    {"Tanh", 6, 1, 1, NULL, read_activation, compute_elementwise, "`tanh`"},
    {"Transpose", 1, 1, 1, ATTRIBUTES({"perm", INTS}), read_transpose, compute_transpose,
     "nothing, where a later node puts the axes back or reads them flattened"},
    {"Unsqueeze", 1, 1, 2, ATTRIBUTES(AXES), read_unsqueeze, read_unsqueeze, "nothing"},
};
enum { N_OPERATORS = sizeof(operators) / sizeof(operators[0]) };

static bool is_onnx_domain(const Onnx__NodeProto *node)
{
	return !node->domain || !*node->domain || strcmp(node->domain, "ai.onnx") == 0;
}

const struct operator* operators_find(const Onnx__NodeProto *node)
{
	for (int i = 0; i < N_OPERATORS; i++)
		if (is_onnx_domain(node) && node->op_type && strcmp(operators[i].name, node->op_type) == 0)
			return &operators[i];
	for (int i = 0; is_onnx_domain(node) && node->op_type && compute_operator(i); i++)
		if (strcmp(compute_operator(i)->name, node->op_type) == 0)
			return compute_operator(i);
	return NULL;
}

const char *onnx_operator(int i, const char **means)
{
	const struct operator* row = i<0 ? NULL
	: i<N_OPERATORS			 ? &operators[i]
					 : compute_operator(i - N_OPERATORS);
	if (means && row)
		*means = row->means;
	return row ? row->name : NULL;
}

static bool same_operator(const Onnx__NodeProto *a, const Onnx__NodeProto *b)
{
	return strcmp(a->op_type ? a->op_type : "", b->op_type ? b->op_type : "") == 0 &&
	       strcmp(is_onnx_domain(a) ? "" : a->domain, is_onnx_domain(b) ? "" : b->domain) == 0;
}

static bool is_of_input(const struct graph *g, const Onnx__NodeProto *node)
{
	for (size_t i = 0; i < node->n_input; i++) {
		const struct value *v = graph_find(g, node->input[i]);
		if (v && v->is_of_input)
			return true;
	}
	return false;
}

// Some operators are only computed.
static bool is_read(const struct graph *g, const Onnx__NodeProto *node)
{
	const struct operator* row = operators_find(node);
	return row && (row->read || !is_of_input(g, node));
}

// Whether an earlier needed node, in order, has the same operator and is not read, either.
static bool was_named(const struct graph *g, int k)
{
	for (int i = 0; i < k; i++)
		if (g->needed[g->order[i]] && !is_read(g, graph_node(g, g->order[i])) &&
		    same_operator(graph_node(g, g->order[i]), graph_node(g, g->order[k])))
			return true;
	return false;
}

int operators_check_known(const struct graph *g)
{
	enum { ROOM = 400 };
	char names[ROOM + 24] = "";
	size_t n = 0;
	int count = 0, left_out = 0;
	for (int i = 0; i < g->n_order; i++) {
		const Onnx__NodeProto *node = graph_node(g, g->order[i]);
		if (!g->needed[g->order[i]] || is_read(g, node) || was_named(g, i))
			continue;
		count++;
		if (n > ROOM - 120) {
			left_out++;
			continue;
		}
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%.40s%s%.40s%s", count > 1 ? ", " : "",
				      is_onnx_domain(node) ? "" : node->domain,
				      is_onnx_domain(node) ? "" : ".",
				      node->op_type ? node->op_type : "(none)",
				      operators_find(node) ? " (but of constants)" : "");
	}
	if (left_out)
		snprintf(names + n, sizeof(names) - n, " and %d more", left_out);
	return count ? err_set(g->err, ENOTSUP, "%s: operator%s not supported: %s", g->where,
			       count > 1 ? "s" : "", names)
		     : 0;
}

static int check_attributes(const struct graph *g, const struct operator* row, const Onnx__NodeProto *node)
{
	for (size_t i = 0; i < node->n_attribute; i++) {
		const Onnx__AttributeProto *a = node->attribute[i];
		const struct operator_attribute *known = row->attributes;
		while (known && known->name && strcmp(known->name, a->name ? a->name : "") != 0)
			known++;
		if (!known || !known->name)
			return node_refuse(g, node, "its attribute '%.60s' is not supported",
					   a->name ? a->name : "");
		if (a->has_type && a->type != known->type)
			return node_refuse(g, node, "its attribute '%s' has another type than ONNX's",
					   known->name);
		if (known->type == TENSOR && !a->t)
			return node_refuse(g, node, "its attribute '%s' is empty", known->name);
	}
	return 0;
}

static int check_node(const struct graph *g, const struct operator* row, const Onnx__NodeProto *node)
{
	if (g->opset < row->since)
		return node_refuse(g, node, "the model's opset is %d: this operator is read from opset %d on",
				   (int)g->opset, row->since);
	if (node->n_input < row->min_inputs || node->n_input > row->max_inputs)
		return node_refuse(g, node, "it has %zu inputs: must be %zu to %zu", node->n_input,
				   row->min_inputs, row->max_inputs);
	for (size_t i = 1; row->read != read_split && i < node->n_output; i++) {
		const struct value *v = graph_find(g, node->output[i]);
		if (v && v->uses > 0)
			return node_refuse(g, node, "its output '%.60s' is read: only the first is supported",
					   v->name);
	}
	return check_attributes(g, row, node);
}

static int read_node(struct builder *b, const struct operator* row, const Onnx__NodeProto *node)
{
	if (!compute_is_possible(b, node))
		return row->read ? row->read(b, node)
				 : node_refuse(&b->graph, node, "only constants are computed");
	return row->compute ? row->compute(b, node) : compute_by_reference(b, node, row);
}

int operators_read(struct builder *b)
{
	int r = 0;
	for (int i = 0; r == 0 && i < b->graph.n_order; i++) {
		const Onnx__NodeProto *node = graph_node(&b->graph, b->graph.order[i]);
		if (!b->graph.needed[b->graph.order[i]])
			continue;
		const struct operator* row = operators_find(node);
		r = check_node(&b->graph, row, node);
		r = r < 0 ? r : read_node(b, row, node);
	}
	return r;
}
