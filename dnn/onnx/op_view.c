// SPDX-License-Identifier: BSD-3-Clause
// What changes how a tensor is seen, or hands it on as it is.
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dnn/onnx/fold_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

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
	bool is_test = node_int(node, "is_test", b->graph.opset >= 7) != 0;
	if (!is_test ||
	    (training && (!training->is_constant || !training->constant.is_integer ||
			  training->constant.values != 1 || constant_integer(&training->constant, 0))))
		return node_refuse(&b->graph, node, "training mode is not supported");
	return read_identity(b, node);
}

// The sides of a tensor or a constant.
struct sides {
	int rank;
	int64_t at[ONNX_MAX_RANK];
};

static int input_sides(const struct builder *b, const Onnx__NodeProto *node, struct sides *out)
{
	const struct value *v = node_input(&b->graph, node, 0);
	if (!v || !v->is_constant)
		v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	out->rank = v->is_constant ? v->constant.rank : v->view.rank;
	for (int i = 0; i < out->rank; i++)
		out->at[i] = v->is_constant ? v->constant.dims[i] : view_side(&v->view, i);
	return 0;
}

// keeps_batch: the first side is the batch's, and must run over nothing else.
static int reshape(struct builder *b, const Onnx__NodeProto *node, const struct sides *to, bool keeps_batch)
{
	const struct value *v = node_input(&b->graph, node, 0);
	if (v->is_constant)
		return fold_reshape(b, node, &v->constant, to->rank, to->at);
	struct view view;
	char from[128];
	if (!view_reshape(&v->view, to->at, to->rank, &view))
		return node_refuse(
		    &b->graph, node,
		    "it gives the tensor %s sides that cut through rows, columns or channels (as a channel "
		    "shuffle does), or another number of values",
		    view_format(&v->view, from, sizeof(from)));
	if (keeps_batch && !view_is_batch_alone(&view, 0))
		return node_refuse(
		    &b->graph, node,
		    "its first side is the batch's, but not its tensor's: the batch must stay first");
	builder_alias(b, v, &view, node_output(&b->graph, node));
	return 0;
}

int read_flatten(struct builder *b, const Onnx__NodeProto *node)
{
	struct sides from;
	if (input_sides(b, node, &from) < 0)
		return -EINVAL;
	int64_t axis = node_int(node, "axis", 1);
	int at = axis == from.rank ? from.rank : node_axis(&b->graph, node, axis, from.rank);
	if (at < 0)
		return at;
	struct sides to = {2, {sides_product(from.at, 0, at), sides_product(from.at, at, from.rank)}};
	return reshape(b, node, &to, false);
}

// -1 stands for what is left, 0 for the side as it is.
static int fill_sides(struct builder *b, const Onnx__NodeProto *node, const struct sides *from,
		      struct sides *to)
{
	int64_t known = 1, all = sides_product(from->at, 0, from->rank);
	int open = -1;
	for (int i = 0; i < to->rank; i++) {
		if (to->at[i] == 0 && !node_int(node, "allowzero", 0) && i < from->rank)
			to->at[i] = from->at[i];
		if (to->at[i] == -1 && open < 0) {
			open = i;
			continue;
		}
		if (to->at[i] < 1 || to->at[i] > DESCRIPTION_MAX_VALUES || (known *= to->at[i]) > all)
			return node_refuse(&b->graph, node,
					   "its shape has %" PRId64 " at place %d, which does not fit",
					   to->at[i], i);
	}
	if (open >= 0)
		to->at[open] = all / known;
	return 0;
}

// A shape may begin with the batch, which counts as one element here.
static int read_shape_input(struct builder *b, const Onnx__NodeProto *node, struct sides *to, bool *has_batch)
{
	const struct value *v = node_input(&b->graph, node, 1);
	const struct constant *c = v && v->is_constant && v->constant.is_integer ? &v->constant : NULL;
	*has_batch = c && constant_has_batch(c);
	if (!*has_batch) {
		to->rank = node_integers(&b->graph, node, "shape", 1, to->at, ONNX_MAX_RANK);
		return to->rank == -1 ? node_refuse(&b->graph, node, "it has no shape") : to->rank;
	}
	if (c->rank != 1 || c->values > ONNX_MAX_RANK)
		return node_refuse(&b->graph, node, "its shape must be at most %d whole numbers",
				   ONNX_MAX_RANK);
	to->rank = (int)c->values;
	for (int i = 0; i < to->rank; i++) {
		to->at[i] = constant_integer(c, i);
		if (constant_is_of_batch(c, i) && (i > 0 || to->at[i] != 1))
			return node_refuse(&b->graph, node,
					   "side %d of its shape is %" PRId64
					   " times the batch: the batch must stay first, by itself",
					   i, to->at[i]);
	}
	return 0;
}

int read_reshape(struct builder *b, const Onnx__NodeProto *node)
{
	struct sides from = {0}, to = {0};
	bool has_batch;
	if (input_sides(b, node, &from) < 0)
		return -EINVAL;
	int r = read_shape_input(b, node, &to, &has_batch);
	r = r < 0 ? r : fill_sides(b, node, &from, &to);
	return r < 0 ? r : reshape(b, node, &to, has_batch);
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

static bool is_open(const struct builder *b, const Onnx__NodeProto *node, int dim)
{
	const struct value *v = node_input(&b->graph, node, 0);
	return v->is_tensor && view_is_open(&v->view, dim);
}

// Without axes everything of one element goes, but not a batch that happens to have one.
int read_squeeze(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t axes[ONNX_MAX_RANK];
	bool marked[ONNX_MAX_RANK] = {false};
	struct sides from, to = {0};
	if (input_sides(b, node, &from) < 0)
		return -EINVAL;
	int n = node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK);
	if (n < -1)
		return n;
	int r = mark_axes(b, node, axes, n, from.rank, marked);
	for (int i = 0; r == 0 && i < from.rank; i++) {
		if (marked[i] && (from.at[i] != 1 || is_open(b, node, i)))
			r = is_open(b, node, i)
				? node_refuse(&b->graph, node, "axis %d is the batch: it must stay", i)
				: node_refuse(&b->graph, node, "axis %d has %" PRId64 " elements: must be 1",
					      i, from.at[i]);
		if (!marked[i] && (n >= 0 || from.at[i] != 1 || is_open(b, node, i)))
			to.at[to.rank++] = from.at[i];
	}
	return r < 0 ? r : reshape(b, node, &to, false);
}

int read_unsqueeze(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t axes[ONNX_MAX_RANK];
	bool marked[ONNX_MAX_RANK] = {false};
	struct sides from = {0}, to = {0};
	if (input_sides(b, node, &from) < 0)
		return -EINVAL;
	int n = node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK), next = 0;
	if (n < 0)
		return n == -1 ? node_refuse(&b->graph, node, "it has no axes") : n;
	to.rank = from.rank + n;
	if (to.rank > ONNX_MAX_RANK)
		return node_refuse(&b->graph, node, "more than %d dimensions", ONNX_MAX_RANK);
	int r = mark_axes(b, node, axes, n, to.rank, marked);
	for (int i = 0; r == 0 && i < to.rank; i++)
		to.at[i] = marked[i] ? 1 : from.at[next++];
	return r < 0 ? r : reshape(b, node, &to, false);
}

int read_transpose(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t order[ONNX_MAX_RANK];
	const struct value *v = node_tensor(&b->graph, node, 0);
	int r = v ? node_permutation(&b->graph, node, v->view.rank, order) : -EINVAL;
	if (r < 0)
		return r;
	struct view view = v->view;
	for (int i = 0; i < view.rank; i++)
		view.dim[i] = v->view.dim[order[i]];
	builder_alias(b, v, &view, node_output(&b->graph, node));
	return 0;
}
