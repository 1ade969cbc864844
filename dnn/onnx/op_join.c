// SPDX-License-Identifier: BSD-3-Clause
// What joins tensors, or a tensor and a constant a channel; softmax.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/fold_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

int add_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v, const struct value *w,
		int layer, struct value *out)
{
	char first[128], second[128];
	if (!view_equal(&v->view, &w->view))
		return node_refuse(&b->graph, node,
				   "it adds %s to %s: both must have the same sides, in the same order",
				   view_format(&v->view, first, sizeof(first)),
				   view_format(&w->view, second, sizeof(second)));
	struct shape s = builder_shape(b, layer);
	struct built_layer l = {
	    .layer = {.kind = LAYER_ADD, .n_inputs = 2, .input = {layer, w->layer}, .in = s, .out = s}};
	return builder_add(b, &l, &v->view, out, node);
}

int read_sum(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	int layer = v->layer, r = 0;
	if (node->n_input == 1)
		return read_identity(b, node);
	for (size_t i = 1; r == 0 && i < node->n_input; i++) {
		const struct value *w = node_tensor(&b->graph, node, i);
		bool is_last = i + 1 == node->n_input;
		r = w ? add_tensors(b, node, v, w, layer, is_last ? node_output(&b->graph, node) : NULL)
		      : -EINVAL;
		layer = b->n_layers - 1;
	}
	return r;
}

int spread_channels(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		    const struct constant *c, double *out)
{
	const struct view *view = &v->view;
	bool fits = c->rank <= view->rank;
	for (int i = 0; fits && i < c->rank; i++) {
		int dim = view->rank - c->rank + i;
		fits = c->dims[i] == 1 || (view_is_channels(view, dim) && c->dims[i] == view_side(view, dim));
	}
	if (!fits)
		return node_refuse(&b->graph, node, "its constant must be one number, or one a channel");
	for (int i = 0; i < view->size[AXIS_C]; i++)
		out[i] = constant_real(c, c->values == 1 ? 0 : i);
	return 0;
}

// y = scale x + shift from one constant k: what of it goes where.
enum arithmetic { PLUS, MINUS, MINUS_FROM, TIMES, OVER };

static void set_affine(enum arithmetic how, int n, const double *k, double *scale, double *shift)
{
	for (int i = 0; i < n; i++) {
		scale[i] = how == TIMES ? k[i] : how == OVER ? 1 / k[i] : how == MINUS_FROM ? -1 : 1;
		shift[i] = how == PLUS || how == MINUS_FROM ? k[i] : how == MINUS ? -k[i] : 0;
	}
}

static int add_arithmetic(struct builder *b, const Onnx__NodeProto *node, size_t tensor, enum arithmetic how)
{
	const struct value *v = node_tensor(&b->graph, node, tensor);
	const struct constant *c = v ? node_constant(&b->graph, node, 1 - tensor, "constant") : NULL;
	if (!c)
		return -EINVAL;
	size_t n = (size_t)v->view.size[AXIS_C];
	double *numbers = calloc(3 * n, sizeof(*numbers));
	if (!numbers)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	int r = spread_channels(b, node, v, c, numbers);
	set_affine(how, (int)n, numbers, numbers + n, numbers + 2 * n);
	r = r < 0 ? r
		  : add_affine(b, node, v, numbers + n, numbers + 2 * n, BIAS_PLAIN,
			       node_output(&b->graph, node));
	free(numbers);
	return r;
}

// Which of two inputs is the tensor when the other is a constant.
static size_t tensor_input(const struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *first = node_input(&b->graph, node, 0);
	return first && first->is_constant ? 1 : 0;
}

int read_add(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_input(&b->graph, node, 0), *w = node_input(&b->graph, node, 1);
	return v && w && v->is_tensor && w->is_tensor ? read_sum(b, node)
						      : add_arithmetic(b, node, tensor_input(b, node), PLUS);
}

int read_subtract(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_input(&b->graph, node, 0), *w = node_input(&b->graph, node, 1);
	if (v && w && v->is_tensor && w->is_tensor)
		return subtract_tensors(b, node, v, w);
	size_t tensor = tensor_input(b, node);
	return add_arithmetic(b, node, tensor, tensor == 0 ? MINUS : MINUS_FROM);
}

int read_multiply(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_input(&b->graph, node, 0), *w = node_input(&b->graph, node, 1);
	return v && w && v->is_tensor && w->is_tensor ? multiply_tensors(b, node, v, w)
						      : add_arithmetic(b, node, tensor_input(b, node), TIMES);
}

int read_divide(struct builder *b, const Onnx__NodeProto *node)
{
	return add_arithmetic(b, node, 0, OVER);
}

// Whether dimension `dim` is the channels: one of a single element may be when there is a single channel.
static bool can_be_channels(const struct view *v, int dim)
{
	return v->dim[dim].n ? view_is_channels(v, dim) : v->size[AXIS_C] == 1;
}

// Two tensors can be joined along `axis` when it is the channels of both and nothing else differs.
static bool joins(const struct value *v, const struct value *w, int axis)
{
	bool equal = v->view.rank == w->view.rank && v->view.size[AXIS_H] == w->view.size[AXIS_H] &&
		     v->view.size[AXIS_W] == w->view.size[AXIS_W];
	for (int i = 0; equal && i < v->view.rank; i++) {
		const struct view_dim *d = &v->view.dim[i], *e = &w->view.dim[i];
		bool channels = can_be_channels(&v->view, i) && can_be_channels(&w->view, i);
		bool same = d->n == e->n && memcmp(d->axis, e->axis, sizeof(d->axis[0]) * (size_t)d->n) == 0;
		equal = i == axis ? channels : same;
	}
	return equal;
}

// One layer joins LAYER_MAX_INPUTS tensors: more are joined to what is joined already.
static int add_concat(struct builder *b, const Onnx__NodeProto *node, const struct view *view)
{
	size_t next = 0;
	for (int r = 0; r == 0 && next < node->n_input;) {
		struct built_layer l = {.layer = {.kind = LAYER_CONCAT}};
		if (next > 0)
			l.layer.input[l.layer.n_inputs++] = b->n_layers - 1;
		while (l.layer.n_inputs < LAYER_MAX_INPUTS && next < node->n_input)
			l.layer.input[l.layer.n_inputs++] = node_input(&b->graph, node, next++)->layer;
		l.layer.in = l.layer.out = builder_shape(b, l.layer.input[0]);
		for (int i = 1; i < l.layer.n_inputs; i++)
			l.layer.out.channels += builder_shape(b, l.layer.input[i]).channels;
		struct view made = *view;
		bool is_last = next == node->n_input;
		made.size[AXIS_C] = l.layer.out.channels;
		r = builder_add(b, &l, &made, is_last ? node_output(&b->graph, node) : NULL, node);
		if (r < 0)
			return r;
	}
	return 0;
}

int read_concat(struct builder *b, const Onnx__NodeProto *node)
{
	if (fold_inputs(b, node, node->n_input))
		return fold_concat(b, node);
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	if (node->n_input == 1)
		return read_identity(b, node);
	if (!node_attribute(node, "axis"))
		return node_refuse(&b->graph, node, "it has no axis");
	int axis = node_axis(&b->graph, node, node_int(node, "axis", 1), v->view.rank);
	if (axis < 0)
		return axis;
	for (size_t i = 0; i < node->n_input; i++) {
		const struct value *w = node_tensor(&b->graph, node, i);
		if (!w)
			return -EINVAL;
		if (!joins(v, w, axis))
			return node_refuse(&b->graph, node,
					   "it must join channels of tensors that are alike in all else");
	}
	struct view view = v->view;
	view.dim[axis] = (struct view_dim){1, {AXIS_C}};
	return add_concat(b, node, &view);
}

// Until opset 12 the sum runs over all dimensions from the axis on, since 13 over the axis alone.
int read_softmax(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	bool is_new = b->graph.opset >= 13;
	int axis = node_axis(&b->graph, node, node_int(node, "axis", is_new ? -1 : 1), v->view.rank);
	if (axis < 0)
		return axis;
	int n = 0, channels = 0;
	for (int i = axis; i < (is_new ? axis + 1 : v->view.rank); i++) {
		n += v->view.dim[i].n;
		channels += view_is_channels(&v->view, i);
	}
	if (n != 1 || channels != 1)
		return node_refuse(&b->graph, node, "it must run over the channels and nothing else");
	struct shape s = builder_shape(b, v->layer);
	struct built_layer l = {
	    .layer = {.kind = LAYER_SOFTMAX, .n_inputs = 1, .input = {v->layer}, .in = s, .out = s}};
	return builder_add(b, &l, &v->view, node_output(&b->graph, node), node);
}
