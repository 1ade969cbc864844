// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/node_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *node_text(const Onnx__NodeProto *node, char buf[NODE_TEXT])
{
	const char *name = node->name ? node->name : "";
	for (size_t i = 0; !*name && i < node->n_output; i++)
		name = node->output[i];
	snprintf(buf, NODE_TEXT, "%.40s node '%.60s'", node->op_type ? node->op_type : "?", name);
	return buf;
}

int node_refuse(const struct graph *g, const Onnx__NodeProto *node, const char *format, ...)
{
	char sentence[320];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	char text[NODE_TEXT];
	return err_set(g->err, EINVAL, "%s: %s: %s", g->where, node_text(node, text), sentence);
}

const Onnx__AttributeProto *node_attribute(const Onnx__NodeProto *node, const char *name)
{
	for (size_t i = 0; i < node->n_attribute; i++)
		if (node->attribute[i]->name && strcmp(node->attribute[i]->name, name) == 0)
			return node->attribute[i];
	return NULL;
}

int64_t node_int(const Onnx__NodeProto *node, const char *name, int64_t otherwise)
{
	const Onnx__AttributeProto *a = node_attribute(node, name);
	return a ? a->i : otherwise;
}

float node_float(const Onnx__NodeProto *node, const char *name, float otherwise)
{
	const Onnx__AttributeProto *a = node_attribute(node, name);
	return a ? a->f : otherwise;
}

bool node_string_is(const Onnx__NodeProto *node, const char *name, const char *text, const char *otherwise)
{
	const Onnx__AttributeProto *a = node_attribute(node, name);
	if (!a)
		return strcmp(text, otherwise) == 0;
	return a->s.len == strlen(text) && memcmp(a->s.data, text, a->s.len) == 0;
}

static int refuse_count(const struct graph *g, const Onnx__NodeProto *node, const char *name, int limit)
{
	return node_refuse(g, node, "'%s' must be at most %d whole numbers that the file holds", name, limit);
}

int node_integers(const struct graph *g, const Onnx__NodeProto *node, const char *name, int input,
		  int64_t *values, int limit)
{
	const Onnx__AttributeProto *a = node_attribute(node, name);
	const struct value *v = a || input < 0 ? NULL : node_input(g, node, (size_t)input);
	if (!a && !v)
		return -1;
	size_t n = a ? a->n_ints : 0;
	if (v && (!v->is_constant || !v->constant.is_integer || v->constant.rank > 1 ||
		  v->constant.values > limit))
		return refuse_count(g, node, name, limit);
	if (v && constant_has_batch(&v->constant))
		return node_refuse(
		    g, node,
		    "'%s' depends on the batch's size, which the file leaves open: only the first side "
		    "of a Reshape may",
		    name);
	if (v)
		n = (size_t)v->constant.values;
	if (n > (size_t)limit)
		return refuse_count(g, node, name, limit);
	for (size_t i = 0; i < n; i++)
		values[i] = a ? a->ints[i] : constant_integer(&v->constant, (int64_t)i);
	return (int)n;
}

struct value *node_input(const struct graph *g, const Onnx__NodeProto *node, size_t i)
{
	return i < node->n_input ? graph_find(g, node->input[i]) : NULL;
}

struct value *node_output(const struct graph *g, const Onnx__NodeProto *node)
{
	return graph_find(g, node->output[0]);
}

struct value *node_tensor(const struct graph *g, const Onnx__NodeProto *node, size_t i)
{
	struct value *v = node_input(g, node, i);
	if (v && v->is_tensor)
		return v;
	node_refuse(g, node, "its input %zu must be a tensor that depends on the network's input", i + 1);
	return NULL;
}

const struct constant *node_constant(const struct graph *g, const Onnx__NodeProto *node, size_t i,
				     const char *what)
{
	const struct value *v = node_input(g, node, i);
	if (v && v->is_constant && !v->constant.is_integer)
		return &v->constant;
	node_refuse(g, node, "its %s must be numbers that the file holds", what);
	return NULL;
}

int node_permutation(const struct graph *g, const Onnx__NodeProto *node, int rank, int64_t *order)
{
	bool seen[ONNX_MAX_RANK] = {false};
	int n = node_integers(g, node, "perm", -1, order, ONNX_MAX_RANK);
	if (n < -1)
		return n;
	for (int i = 0; n == -1 && i < rank; i++)
		order[i] = rank - 1 - i;
	if (n >= 0 && n != rank)
		return node_refuse(g, node, "its perm has %d places: must be %d", n, rank);
	for (int i = 0; i < rank; i++) {
		if (order[i] < 0 || order[i] >= rank || seen[order[i]])
			return node_refuse(g, node, "its perm must name every dimension once");
		seen[order[i]] = true;
	}
	return 0;
}

int node_pads(const struct graph *g, const Onnx__NodeProto *node, int rank, int64_t *pads)
{
	int64_t given[2 * ONNX_MAX_RANK], axes[ONNX_MAX_RANK];
	int n = node_integers(g, node, node_attribute(node, "paddings") ? "paddings" : "pads", 1, given,
			      2 * ONNX_MAX_RANK);
	int n_axes = node_integers(g, node, "axes", 3, axes, ONNX_MAX_RANK);
	if (n < -1 || n_axes < -1)
		return n < -1 ? n : n_axes;
	int count = n_axes < 0 ? rank : n_axes;
	if (n != 2 * count)
		return node_refuse(g, node, "it has %d pads: must be %d", n < 0 ? 0 : n, 2 * count);
	for (int i = 0; i < count; i++) {
		int axis = n_axes < 0 ? i : node_axis(g, node, axes[i], rank);
		if (axis < 0)
			return axis;
		pads[axis] = given[i];
		pads[rank + axis] = given[count + i];
	}
	return 0;
}

int node_axis(const struct graph *g, const Onnx__NodeProto *node, int64_t axis, int rank)
{
	if (axis < -rank || axis >= rank)
		return node_refuse(g, node, "its axis is %" PRId64 ": must lie in %d to %d", axis, -rank,
				   rank - 1);
	return (int)(axis < 0 ? axis + rank : axis);
}
