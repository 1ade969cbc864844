// SPDX-License-Identifier: BSD-3-Clause
// What changes how a tensor is seen, or hands it on as it is.
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dnn/onnx/node.h"
#include "dnn/onnx/operators.h"

int read_constant(struct builder *b, const Onnx__NodeProto *node)
{
	struct value *out = node_output(&b->graph, node);
	if (node->n_attribute != 1)
		return node_refuse(&b->graph, node, "it must have one attribute");
	const Onnx__AttributeProto *a = node->attribute[0];
	out->is_constant = true;
	if (a->t)
		return constant_from_tensor(&out->constant, a->t, b->graph.where, b->graph.err);
	if (strcmp(a->name, "value_float") == 0)
		constant_from_floats(&out->constant, &a->f, 1, true);
	else if (strcmp(a->name, "value_floats") == 0)
		constant_from_floats(&out->constant, a->floats, (int64_t)a->n_floats, false);
	else if (strcmp(a->name, "value_int") == 0)
		constant_from_integers(&out->constant, &a->i, 1, true);
	else
		constant_from_integers(&out->constant, a->ints, (int64_t)a->n_ints, false);
	return 0;
}

int read_identity(struct builder *b, const Onnx__NodeProto *node)
{
	struct value *v = node_input(&b->graph, node, 0), *out = node_output(&b->graph, node);
	if (v && v->is_constant) {
		out->is_constant = true;
		out->constant = v->constant;
		return 0;
	}
	v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	struct view view = v->view;
	builder_alias(b, v, &view, out);
	return 0;
}

int read_dropout(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *training = node_input(&b->graph, node, 2);
	if (training && (!training->is_constant || !training->constant.is_integer ||
			 training->constant.values != 1 || constant_integer(&training->constant, 0)))
		return node_refuse(&b->graph, node, "training mode is not supported");
	return read_identity(b, node);
}

static int reshape(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		   const int64_t *sides, int rank)
{
	struct view view;
	char from[128];
	if (!view_reshape(&v->view, sides, rank, &view))
		return node_refuse(
		    &b->graph, node,
		    "it gives the tensor %s sides that cut through rows, columns or channels, or "
		    "another number of values",
		    view_format(&v->view, from, sizeof(from)));
	builder_alias(b, v, &view, node_output(&b->graph, node));
	return 0;
}

static int64_t sides_product(const struct view *v, int from, int to)
{
	int64_t product = 1;
	for (int i = from; i < to; i++)
		product *= view_side(v, i);
	return product;
}

int read_flatten(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	int64_t axis = node_int(node, "axis", 1);
	int rank = v->view.rank;
	int at = axis == rank ? rank : node_axis(&b->graph, node, axis, rank);
	if (at < 0)
		return at;
	int64_t sides[2] = {sides_product(&v->view, 0, at), sides_product(&v->view, at, rank)};
	return reshape(b, node, v, sides, 2);
}

// -1 stands for what is left, 0 for the side as it is.
static int fill_sides(struct builder *b, const Onnx__NodeProto *node, const struct view *v, int64_t *sides,
		      int n)
{
	int64_t known = 1, all = sides_product(v, 0, v->rank);
	int open = -1;
	for (int i = 0; i < n; i++) {
		if (sides[i] == 0 && !node_int(node, "allowzero", 0) && i < v->rank)
			sides[i] = view_side(v, i);
		if (sides[i] == -1 && open < 0) {
			open = i;
			continue;
		}
		if (sides[i] < 1 || sides[i] > BUILDER_MAX_VALUES || (known *= sides[i]) > all)
			return node_refuse(&b->graph, node,
					   "its shape has %" PRId64 " at place %d, which does not fit",
					   sides[i], i);
	}
	if (open >= 0)
		sides[open] = all / known;
	return 0;
}

int read_reshape(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t sides[ONNX_MAX_RANK];
	const struct value *v = node_tensor(&b->graph, node, 0);
	int n = v ? node_integers(&b->graph, node, "shape", 1, sides, ONNX_MAX_RANK) : -EINVAL;
	if (n < 0)
		return n == -1 ? node_refuse(&b->graph, node, "it has no shape") : n;
	int r = fill_sides(b, node, &v->view, sides, n);
	return r < 0 ? r : reshape(b, node, v, sides, n);
}

// Marks the dimensions that axes name, of `rank` there are or will be.
static int mark_axes(struct builder *b, const Onnx__NodeProto *node, const int64_t *axes, int n, int rank,
		     bool *marked)
{
	for (int i = 0; i < n; i++) {
		int axis = node_axis(&b->graph, node, axes[i], rank);
		if (axis < 0)
			return axis;
		if (marked[axis])
			return node_refuse(&b->graph, node, "it names axis %d twice", axis);
		marked[axis] = true;
	}
	return 0;
}

int read_squeeze(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t axes[ONNX_MAX_RANK], sides[ONNX_MAX_RANK];
	bool marked[ONNX_MAX_RANK] = {false};
	const struct value *v = node_tensor(&b->graph, node, 0);
	int n = v ? node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK) : -EINVAL, rank = 0;
	if (n < -1)
		return n;
	int r = mark_axes(b, node, axes, n, v->view.rank, marked);
	for (int i = 0; r == 0 && i < v->view.rank; i++) {
		int64_t side = view_side(&v->view, i);
		if (marked[i] && side != 1)
			r = node_refuse(&b->graph, node, "axis %d has %" PRId64 " elements: must be 1", i,
					side);
		if (!marked[i] && (n >= 0 || side != 1))
			sides[rank++] = side;
	}
	return r < 0 ? r : reshape(b, node, v, sides, rank);
}

int read_unsqueeze(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t axes[ONNX_MAX_RANK], sides[ONNX_MAX_RANK];
	bool marked[ONNX_MAX_RANK] = {false};
	const struct value *v = node_tensor(&b->graph, node, 0);
	int n = v ? node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK) : -EINVAL;
	if (n < 0)
		return n == -1 ? node_refuse(&b->graph, node, "it has no axes") : n;
	int rank = v->view.rank + n, next = 0;
	if (rank > ONNX_MAX_RANK)
		return node_refuse(&b->graph, node, "more than %d dimensions", ONNX_MAX_RANK);
	int r = mark_axes(b, node, axes, n, rank, marked);
	for (int i = 0; r == 0 && i < rank; i++)
		sides[i] = marked[i] ? 1 : view_side(&v->view, next++);
	return r < 0 ? r : reshape(b, node, v, sides, rank);
}

int read_transpose(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t order[ONNX_MAX_RANK];
	bool seen[ONNX_MAX_RANK] = {false};
	const struct value *v = node_tensor(&b->graph, node, 0);
	int n = v ? node_integers(&b->graph, node, "perm", -1, order, ONNX_MAX_RANK) : -EINVAL;
	if (n < -1)
		return n;
	int rank = v->view.rank;
	for (int i = 0; n == -1 && i < rank; i++)
		order[i] = rank - 1 - i;
	if (n >= 0 && n != rank)
		return node_refuse(&b->graph, node, "its perm has %d places: must be %d", n, rank);
	struct view view = v->view;
	for (int i = 0; i < rank; i++) {
		if (order[i] < 0 || order[i] >= rank || seen[order[i]])
			return node_refuse(&b->graph, node, "its perm must name every dimension once");
		seen[order[i]] = true;
		view.dim[i] = v->view.dim[order[i]];
	}
	builder_alias(b, v, &view, node_output(&b->graph, node));
	return 0;
}
