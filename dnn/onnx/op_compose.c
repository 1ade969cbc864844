// SPDX-License-Identifier: BSD-3-Clause
// Operators that come to several layers, or to another operator's.
#include <errno.h>
#include <float.h>
#include <stdlib.h>

#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

static int no_memory(const struct builder *b)
{
	return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
}

// `out` = factor[c] x, or factor[0] x for all channels.
static int scale(struct builder *b, const Onnx__NodeProto *node, const struct value *v, const double *factor,
		 bool is_each, struct value *out)
{
	size_t n = (size_t)v->view.size[AXIS_C];
	double *numbers = calloc(2 * n, sizeof(*numbers));
	if (!numbers)
		return no_memory(b);
	for (size_t i = 0; i < n; i++)
		numbers[i] = factor[is_each ? i : 0];
	int r = add_affine(b, node, v, numbers, numbers + n, BIAS_PLAIN, out);
	free(numbers);
	return r;
}

static const double minus_one = -1;

int read_negative(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	return v ? scale(b, node, v, &minus_one, false, node_output(&b->graph, node)) : -EINVAL;
}

int subtract_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		     const struct value *w)
{
	struct value negative = {.uses = 1};
	int r = scale(b, node, w, &minus_one, false, &negative);
	return r < 0 ? r : add_tensors(b, node, v, &negative, v->layer, node_output(&b->graph, node));
}

// The one number that a tensor is compared with.
static int limit(struct builder *b, const Onnx__NodeProto *node, bool is_most)
{
	const struct value *first = node_input(&b->graph, node, 0);
	size_t tensor = first && first->is_constant ? 1 : 0;
	const struct value *v = node_tensor(&b->graph, node, tensor);
	double x;
	if (!v || node->n_input == 1)
		return v ? read_identity(b, node) : -EINVAL;
	if (node->n_input > 2)
		return node_refuse(&b->graph, node, "it compares %zu values: must be 2", node->n_input);
	const struct constant *c = node_constant(&b->graph, node, 1 - tensor, "limit");
	if (!c)
		return -EINVAL;
	if (!constant_scalar(c, &x) || !(x > -(double)FLT_MAX && x < (double)FLT_MAX) ||
	    c->rank > v->view.rank)
		return node_refuse(&b->graph, node, "its limit must be one finite number");
	struct activation_choice how = {is_most && x == 0 ? ACTIVATION_RELU : ACTIVATION_CLIP,
					is_most ? (float)x : -FLT_MAX, is_most ? FLT_MAX : (float)x};
	return add_activation(b, node, v, &how);
}

int read_maximum(struct builder *b, const Onnx__NodeProto *node)
{
	return limit(b, node, true);
}

int read_minimum(struct builder *b, const Onnx__NodeProto *node)
{
	return limit(b, node, false);
}

static int append_relu(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		       struct value *out)
{
	struct shape s = builder_shape(b, v->layer);
	struct built_layer l = {.layer = {.kind = LAYER_ACTIVATION,
					  .activation = ACTIVATION_RELU,
					  .n_inputs = 1,
					  .input = {v->layer},
					  .in = s,
					  .out = s}};
	return builder_add(b, &l, &v->view, out, node);
}

// relu(x) - slope relu(-x) (He et al., ICCV 2015).
int read_prelu(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	const struct constant *c = v ? node_constant(&b->graph, node, 1, "slope") : NULL;
	if (!c)
		return -EINVAL;
	size_t n = (size_t)v->view.size[AXIS_C];
	double *slope = calloc(n, sizeof(*slope));
	if (!slope)
		return no_memory(b);
	int r = spread_channels(b, node, v, c, slope);
	for (size_t i = 0; i < n; i++)
		slope[i] = -slope[i];
	struct value above = {.uses = 1}, turned = above, cut = above, below = above;
	if (v->layer >= 0)
		b->layers[v->layer].uses++; // both layers read it: neither may be folded into it
	r = r < 0 ? r : append_relu(b, node, v, &above);
	r = r < 0 ? r : scale(b, node, v, &minus_one, false, &turned);
	r = r < 0 ? r : append_relu(b, node, &turned, &cut);
	r = r < 0 ? r : scale(b, node, &cut, slope, true, &below);
	free(slope);
	return r < 0 ? r : add_tensors(b, node, &above, &below, above.layer, node_output(&b->graph, node));
}
