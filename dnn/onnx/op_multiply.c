// SPDX-License-Identifier: BSD-3-Clause
// The product of two tensors: the gate of a squeeze-and-excitation block (Hu et al., CVPR 2018), and the
// activations that exporters write as a product with what they read, x sigmoid(x) and x hardsigmoid(x).
#include <errno.h>
#include <math.h>

#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

// Whether w has one value a channel for all positions of v, dimension by dimension.
static bool is_gate(const struct view *v, const struct view *w)
{
	bool fits = v->rank == w->rank && v->size[AXIS_C] == w->size[AXIS_C] &&
		    v->size[AXIS_N] == w->size[AXIS_N] && w->size[AXIS_H] == 1 && w->size[AXIS_W] == 1;
	for (int i = 0; fits && i < v->rank; i++) {
		bool is_position = v->dim[i].n == 1 && w->dim[i].n == 0 &&
				   (v->dim[i].axis[0] == AXIS_H || v->dim[i].axis[0] == AXIS_W);
		bool is_equal = v->dim[i].n == w->dim[i].n;
		for (int k = 0; is_equal && k < v->dim[i].n; k++)
			is_equal = v->dim[i].axis[k] == w->dim[i].axis[k];
		fits = is_position || is_equal;
	}
	return fits;
}

// What x times `gate` is when gate's layer is a sigmoid of x alone; ACTIVATION_NONE when it is none.
static enum activation self_gate(const struct builder *b, const struct value *x, const struct value *gate)
{
	const struct built_layer *g = gate->layer < 0 ? NULL : &b->layers[gate->layer];
	if (!b->folds || !g || g->layer.kind != LAYER_ACTIVATION || g->layer.input[0] != x->layer ||
	    g->uses != 1 || g->is_kept || !builder_is_current(b, x) || !view_equal(&x->view, &gate->view))
		return ACTIVATION_NONE;
	if (g->layer.activation == ACTIVATION_SIGMOID)
		return ACTIVATION_SILU;
	bool is_sixth = fabsf(g->layer.alpha - 1.0f / 6) < 1e-6f && g->layer.beta == 0.5f;
	return g->layer.activation == ACTIVATION_HARD_SIGMOID && is_sixth ? ACTIVATION_HARD_SWISH
									  : ACTIVATION_NONE;
}

// The gate's layer is read no more, and no more reads x.
static int add_self_gated(struct builder *b, const Onnx__NodeProto *node, const struct value *x,
			  enum activation activation)
{
	struct activation_choice how = {activation, 0, 0};
	if (x->layer >= 0)
		b->layers[x->layer].uses--;
	return add_activation(b, node, x, &how);
}

int multiply_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		     const struct value *w)
{
	enum activation forwards = self_gate(b, v, w), backwards = self_gate(b, w, v);
	if (forwards != ACTIVATION_NONE || backwards != ACTIVATION_NONE)
		return add_self_gated(b, node, forwards ? v : w, forwards ? forwards : backwards);
	bool is_equal = view_equal(&v->view, &w->view);
	if (!is_equal && !is_gate(&v->view, &w->view)) {
		const struct value *swap = v;
		v = w;
		w = swap;
	}
	if (!is_equal && !is_gate(&v->view, &w->view)) {
		char first[128], second[128];
		return node_refuse(
		    &b->graph, node,
		    "it multiplies %s by %s: both must have the same sides, in the same order, or one "
		    "of them one value a channel",
		    view_format(&w->view, first, sizeof(first)),
		    view_format(&v->view, second, sizeof(second)));
	}
	struct shape s = builder_shape(b, v->layer);
	struct built_layer l = {
	    .layer = {
		.kind = LAYER_MULTIPLY, .n_inputs = 2, .input = {v->layer, w->layer}, .in = s, .out = s}};
	return builder_add(b, &l, &v->view, node_output(&b->graph, node), node);
}
