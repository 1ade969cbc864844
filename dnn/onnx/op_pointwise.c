// SPDX-License-Identifier: BSD-3-Clause
// What changes every value by itself: y = scale x + shift with a pair a channel, and activations.
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "dnn/layers/activations.h"
#include "dnn/layers/window.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

static int no_memory(const struct builder *b)
{
	return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
}

// Weights lie with the output channels side by side.
static int fold_affine(struct built_layer *l, const double *scale, const double *shift, enum bias_kind kind)
{
	int channels = l->layer.out.channels;
	int64_t values = layer_weight_values(&l->layer);
	if (!l->bias && !(l->bias = calloc((size_t)channels, sizeof(float))))
		return -ENOMEM;
	for (int64_t i = 0; i < values; i++)
		l->weight[i] = (float)((double)l->weight[i] * scale[i % channels]);
	for (int c = 0; c < channels; c++)
		l->bias[c] = (float)((double)l->bias[c] * scale[c] + shift[c]);
	bool takes_norm = l->layer.row->bias == BIAS_FOLDED_NORM;
	l->layer.bias_kind = takes_norm && kind == BIAS_FOLDED_NORM ? kind : BIAS_PLAIN;
	return 0;
}

static int append_affine(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
			 const double *scale, const double *shift, enum bias_kind kind, struct value *out)
{
	struct shape s = builder_shape(b, v->layer);
	size_t n = (size_t)s.channels;
	struct built_layer l = {.layer = {.kind = LAYER_DEPTHWISE,
					  .depthwise = {.window = window_plain},
					  .n_inputs = 1,
					  .input = {v->layer},
					  .in = s,
					  .out = s,
					  .bias_kind = kind},
				.weight = malloc(sizeof(float) * n),
				.bias = malloc(sizeof(float) * n)};
	if (!l.weight || !l.bias) {
		free(l.weight);
		free(l.bias);
		return no_memory(b);
	}
	for (size_t c = 0; c < n; c++) {
		l.weight[c] = (float)scale[c];
		l.bias[c] = (float)shift[c];
	}
	return builder_add(b, &l, &v->view, out, node);
}

int add_affine(struct builder *b, const Onnx__NodeProto *node, const struct value *v, const double *scale,
	       const double *shift, enum bias_kind kind, struct value *out)
{
	struct built_layer *l = builder_foldable(b, v);
	bool has_weight = l && l->layer.row->weight;
	if (!has_weight)
		return append_affine(b, node, v, scale, shift, kind, out);
	if (fold_affine(l, scale, shift, kind) < 0)
		return no_memory(b);
	builder_folded(b, v, out);
	return 0;
}

// Constants of a batch normalisation, in the operator's order.
enum { NORM_SCALE, NORM_SHIFT, NORM_MEAN, NORM_VARIANCE, N_NORM };

static int read_norm(struct builder *b, const Onnx__NodeProto *node, int channels, const struct constant *c[])
{
	static const char *const what[] = {"scale", "shift", "mean", "variance"};
	for (int i = 0; i < N_NORM; i++) {
		c[i] = node_constant(&b->graph, node, (size_t)i + 1, what[i]);
		if (!c[i])
			return -EINVAL;
		if (c[i]->values != channels)
			return node_refuse(&b->graph, node, "its %s has %" PRId64 " values: must be %d",
					   what[i], c[i]->values, channels);
	}
	return 0;
}

// Said by an attribute until opset 6 and from 14 on, and by statistics among the outputs between.
static bool is_training(const struct graph *g, const Onnx__NodeProto *node)
{
	for (size_t i = 1; i < node->n_output; i++)
		if (*node->output[i])
			return true;
	return node_int(node, "training_mode", 0) || !node_int(node, "is_test", g->opset >= 7);
}

// scale (x - mean) / sqrt(variance + epsilon) + shift (Ioffe and Szegedy, ICML 2015, algorithm 2).
int read_batch_normalization(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	int channels = v->view.size[AXIS_C];
	double epsilon = (double)node_float(node, "epsilon", 1e-5f);
	const struct constant *c[N_NORM];
	if (is_training(&b->graph, node))
		return node_refuse(
		    &b->graph, node,
		    "it takes mean and variance of the batch (training mode): export the model for "
		    "inference (in PyTorch, after eval())");
	if (!node_int(node, "spatial", 1))
		return node_refuse(&b->graph, node, "only statistics a channel are supported (spatial 1)");
	if (v->view.rank < 2 || view_side(&v->view, 1) != channels ||
	    (channels > 1 && !view_is_channels(&v->view, 1)))
		return node_refuse(&b->graph, node, "its second dimension must be the channels");
	int r = read_norm(b, node, channels, c);
	if (r < 0)
		return r;
	double *scale = malloc(sizeof(double) * 2 * (size_t)channels), *shift = scale + channels;
	if (!scale)
		return no_memory(b);
	for (int i = 0; i < channels; i++) {
		scale[i] =
		    constant_real(c[NORM_SCALE], i) / sqrt(constant_real(c[NORM_VARIANCE], i) + epsilon);
		shift[i] = constant_real(c[NORM_SHIFT], i) - scale[i] * constant_real(c[NORM_MEAN], i);
	}
	r = add_affine(b, node, v, scale, shift, BIAS_FOLDED_NORM, node_output(&b->graph, node));
	free(scale);
	return r;
}

int add_activation(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		   const struct activation_choice *how)
{
	struct value *out = node_output(&b->graph, node);
	struct built_layer *before = builder_foldable(b, v);
	if (before && layer_takes(before->layer.row, &option_activation)) {
		before->layer.activation = how->activation;
		before->layer.alpha = how->alpha;
		before->layer.beta = how->beta;
		builder_folded(b, v, out);
		return 0;
	}
	struct shape s = builder_shape(b, v->layer);
	struct built_layer l = {.layer = {.kind = LAYER_ACTIVATION,
					  .activation = how->activation,
					  .alpha = how->alpha,
					  .beta = how->beta,
					  .n_inputs = 1,
					  .input = {v->layer},
					  .in = s,
					  .out = s}};
	return builder_add(b, &l, &v->view, out, node);
}

static int activate(struct builder *b, const Onnx__NodeProto *node, enum activation activation, float alpha,
		    float beta)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	if (!isfinite(alpha) || !isfinite(beta))
		return node_refuse(&b->graph, node, "its parameters must be finite");
	struct activation_choice how = {activation, alpha, beta};
	return add_activation(b, node, v, &how);
}

// The operator is one activation, with ONNX's defaults.
int read_activation(struct builder *b, const Onnx__NodeProto *node)
{
	const struct activation_row *a = activation_of_onnx(node->op_type);
	return activate(b, node, activation_value(a), node_float(node, "alpha", a->onnx_alpha),
			node_float(node, "beta", a->onnx_beta));
}

// A limit of Clip: an attribute until opset 10, an input since.
static int read_limit(struct builder *b, const Onnx__NodeProto *node, size_t input, const char *name,
		      double *limit)
{
	if (node_attribute(node, name))
		*limit = (double)node_float(node, name, 0);
	if (!node_input(&b->graph, node, input))
		return 0;
	const struct constant *c = node_constant(&b->graph, node, input, name);
	if (!c || !constant_scalar(c, limit))
		return c ? node_refuse(&b->graph, node, "its %s must be one number", name) : -EINVAL;
	return 0;
}

// A limit that no float reaches is none.
int read_clip(struct builder *b, const Onnx__NodeProto *node)
{
	double low = -INFINITY, high = INFINITY;
	int r = read_limit(b, node, 1, "min", &low);
	r = r < 0 ? r : read_limit(b, node, 2, "max", &high);
	if (r < 0)
		return r;
	bool is_open = high >= (double)FLT_MAX;
	low = fmax(low, -(double)FLT_MAX); // NaN is no limit either
	high = fmin(high, (double)FLT_MAX);
	if (low <= -(double)FLT_MAX && is_open)
		return read_identity(b, node);
	if (low == 0 && (high == 6 || is_open))
		return activate(b, node, is_open ? ACTIVATION_RELU : ACTIVATION_RELU6, 0, 0);
	if ((float)low < (float)high)
		return activate(b, node, ACTIVATION_CLIP, (float)low, (float)high);
	return node_refuse(&b->graph, node,
			   "it clips to %g to %g: the lower limit must be below the upper one", low, high);
}
