// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/onnx_export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct exporter {
	struct maker *m;
	const struct network *net;
	struct rng *rng;
	bool norms;
	int subtask;
	const struct subtask *t;
	int layer;
};

// The value that a layer of the present sub-task makes.
static char *value_name(const struct exporter *e, int layer)
{
	int cut = network_part_cut(e->net, e->subtask);
	if (layer < 0)
		return cut == 0 ? maker_text(e->m, "x") : maker_text(e->m, "cut%d", cut);
	if (layer == e->t->n_layers - 1)
		return maker_text(e->m, "cut%d", e->subtask + 1);
	return maker_text(e->m, "v%d.%d", e->subtask, layer);
}

// A name within the layer.
static char *part(const struct exporter *e, const char *what)
{
	return maker_text(e->m, "%s%d.%d", what, e->subtask, e->layer);
}

static void put_window(const struct exporter *e, Onnx__NodeProto *node, const struct layer *l)
{
	int64_t kernel[] = {l->window.kernel.y, l->window.kernel.x},
		strides[] = {l->window.stride.y, l->window.stride.x};
	int64_t pads[] = {l->window.pad_before.y, l->window.pad_before.x, l->window.pad_after.y,
			  l->window.pad_after.x};
	maker_ints(e->m, node, "kernel_shape", 2, kernel);
	maker_ints(e->m, node, "strides", 2, strides);
	maker_ints(e->m, node, "pads", 4, pads);
}

static int groups_of(const struct layer *l)
{
	return l->kind == LAYER_DEPTHWISE ? l->in.channels : l->conv.groups;
}

// Ours is [taps][in][out].
static void put_kernel(const struct exporter *e, const struct layer *l, const double *scale, const char *name)
{
	int in = l->in.channels / groups_of(l), out = l->out.channels,
	    taps = l->window.kernel.y * l->window.kernel.x;
	int64_t dims[] = {out, in, l->window.kernel.y, l->window.kernel.x};
	float *values = malloc(sizeof(float) * (size_t)out * (size_t)in * (size_t)taps);
	for (int o = 0; o < out; o++)
		for (int i = 0; i < in; i++)
			for (int t = 0; t < taps; t++)
				values[(o * in + i) * taps + t] =
				    (float)((double)l->weight[(t * in + i) * out + o] / scale[o]);
	maker_floats(e->m, name, 4, dims, values);
	free(values);
}

// Statistics whose scale is scale[c] and whose shift is the layer's bias.
static void put_norm(const struct exporter *e, const struct layer *l, const double *scale, const char *from,
		     const char *to)
{
	int64_t n = l->out.channels;
	float *v = malloc(sizeof(float) * 4 * (size_t)n), *shift = v + n, *mean = v + 2 * n,
	      *variance = v + 3 * n;
	for (int64_t c = 0; c < n; c++) {
		variance[c] = (float)rng_uniform(e->rng, 0.5, 2);
		mean[c] = (float)rng_uniform(e->rng, -1, 1);
		v[c] = (float)(scale[c] * sqrt((double)variance[c] + 1e-3));
		shift[c] = (float)((double)l->bias[c] + scale[c] * (double)mean[c]);
	}
	static const char *const what[] = {"gamma", "beta", "mean", "var"};
	for (int i = 0; i < 4; i++)
		maker_floats(e->m, part(e, what[i]), 1, &n, v + i * n);
	Onnx__NodeProto *node = maker_node(e->m, "BatchNormalization",
					   maker_text(e->m, "%s %s %s %s %s", from, part(e, "gamma"),
						      part(e, "beta"), part(e, "mean"), part(e, "var")),
					   to);
	maker_float(e->m, node, "epsilon", 1e-3f);
	free(v);
}

static void put_conv(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	bool norm = e->norms && l->bias_kind == BIAS_FOLDED_NORM;
	int64_t n = l->out.channels, dilations[] = {l->window.dilation.y, l->window.dilation.x};
	double *scale = malloc(sizeof(double) * (size_t)n);
	for (int64_t c = 0; c < n; c++)
		scale[c] = norm ? rng_uniform(e->rng, 0.5, 2) : 1;
	bool bias = l->bias && !norm;
	put_kernel(e, l, scale, part(e, "w"));
	if (bias)
		maker_floats(e->m, part(e, "b"), 1, &n, l->bias);
	const char *conv = norm ? part(e, "conv") : to;
	Onnx__NodeProto *node = maker_node(
	    e->m, "Conv", maker_text(e->m, "%s %s %s", from, part(e, "w"), bias ? part(e, "b") : ""), conv);
	put_window(e, node, l);
	maker_ints(e->m, node, "dilations", 2, dilations);
	maker_int(e->m, node, "group", groups_of(l));
	if (norm)
		put_norm(e, l, scale, conv, to);
	free(scale);
}

static void put_fc(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	int64_t rows = shape_values(l->in), n = l->out.channels, dims[] = {n, rows};
	int pixels = l->in.height * l->in.width, channels = l->in.channels;
	float *values = malloc(sizeof(float) * (size_t)(rows * n));
	for (int64_t o = 0; o < n; o++)
		for (int64_t i = 0; i < rows; i++) // i = channel pixels + pixel
			values[o * rows + i] = l->weight[(i % pixels * channels + i / pixels) * n + o];
	maker_floats(e->m, part(e, "w"), 2, dims, values);
	free(values);
	if (l->bias)
		maker_floats(e->m, part(e, "b"), 1, &n, l->bias);
	maker_node(e->m, "Flatten", from, part(e, "flat"));
	Onnx__NodeProto *node = maker_node(
	    e->m, "Gemm",
	    maker_text(e->m, "%s %s %s", part(e, "flat"), part(e, "w"), l->bias ? part(e, "b") : ""),
	    part(e, "fc"));
	maker_int(e->m, node, "transB", 1);
	maker_integers(e->m, part(e, "axes"), 2, (int64_t[]){2, 3});
	maker_node(e->m, "Unsqueeze", maker_text(e->m, "%s %s", part(e, "fc"), part(e, "axes")), to);
}

static void put_pool(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	bool max = l->kind == LAYER_POOL_MAX;
	Onnx__NodeProto *node = maker_node(e->m, max ? "MaxPool" : "AveragePool", from, to);
	put_window(e, node, l);
	if (!max)
		maker_int(e->m, node, "count_include_pad", l->pool_average.count_padding);
}

static void put_slice(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	bool rows = l->out.height < l->in.height;
	int64_t first = rows ? l->slice.first_row : l->slice.first_channel,
		count = rows ? l->out.height : l->out.channels;
	maker_integers(e->m, part(e, "starts"), 1, &first);
	maker_integers(e->m, part(e, "ends"), 1, (int64_t[]){first + count});
	maker_integers(e->m, part(e, "axes"), 1, (int64_t[]){rows ? 2 : 1});
	maker_node(e->m, "Slice",
		   maker_text(e->m, "%s %s %s %s", from, part(e, "starts"), part(e, "ends"), part(e, "axes")),
		   to);
}

static void put_kind(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	char inputs[200] = "";
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
		put_conv(e, l, from, to);
		return;
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		put_pool(e, l, from, to);
		return;
	case LAYER_FULLY_CONNECTED:
		put_fc(e, l, from, to);
		return;
	case LAYER_ADD:
	case LAYER_MULTIPLY:
		maker_node(e->m, l->kind == LAYER_ADD ? "Add" : "Mul",
			   maker_text(e->m, "%s %s", from, value_name(e, l->input[1])), to);
		return;
	case LAYER_SLICE:
		put_slice(e, l, from, to);
		return;
	case LAYER_CONCAT:
		for (int i = 0; i < l->n_inputs; i++)
			snprintf(inputs + strlen(inputs), sizeof(inputs) - strlen(inputs), "%s ",
				 value_name(e, l->input[i]));
		maker_int(e->m, maker_node(e->m, "Concat", inputs, to), "axis", 1);
		return;
	case LAYER_SOFTMAX:
		maker_int(e->m, maker_node(e->m, "Softmax", from, to), "axis", 1);
		return;
	case LAYER_ACTIVATION:
		maker_node(e->m, "Identity", from, to);
		return;
	default: // kinds that no operator makes
		abort();
	}
}

static void put_activation(const struct exporter *e, const struct layer *l, const char *from, const char *to)
{
	enum activation a = l->activation;
	static const char *const ops[] = {[ACTIVATION_RELU] = "Relu",
					  [ACTIVATION_RELU6] = "Clip",
					  [ACTIVATION_SIGMOID] = "Sigmoid",
					  [ACTIVATION_HARD_SWISH] = "HardSwish",
					  [ACTIVATION_SILU] = "Mul",
					  [ACTIVATION_TANH] = "Tanh",
					  [ACTIVATION_LEAKY_RELU] = "LeakyRelu",
					  [ACTIVATION_ELU] = "Elu",
					  [ACTIVATION_CLIP] = "Clip",
					  [ACTIVATION_HARD_SIGMOID] = "HardSigmoid"};
	const char *more = a == ACTIVATION_RELU6 ? " zero six" : "";
	if (a == ACTIVATION_SILU) {
		more = maker_text(e->m, " %s", part(e, "sigmoid"));
		maker_node(e->m, "Sigmoid", from, part(e, "sigmoid"));
	} else if (a == ACTIVATION_CLIP) {
		more = maker_text(e->m, " %s %s", part(e, "low"), part(e, "high"));
		maker_floats(e->m, part(e, "low"), 0, NULL, &l->alpha);
		maker_floats(e->m, part(e, "high"), 0, NULL, &l->beta);
	}
	Onnx__NodeProto *node = maker_node(e->m, ops[a], maker_text(e->m, "%s%s", from, more), to);
	if (a == ACTIVATION_LEAKY_RELU || a == ACTIVATION_ELU || a == ACTIVATION_HARD_SIGMOID)
		maker_float(e->m, node, "alpha", l->alpha);
	if (a == ACTIVATION_HARD_SIGMOID)
		maker_float(e->m, node, "beta", l->beta);
}

static void put_layer(const struct exporter *e)
{
	const struct layer *l = &e->t->layers[e->layer];
	const char *to = value_name(e, e->layer), *before = l->activation ? part(e, "linear") : to;
	put_kind(e, l, value_name(e, l->input[0]), before);
	if (l->activation)
		put_activation(e, l, before, to);
}

void export_network(struct maker *m, const struct network *net, bool norms, struct rng *rng)
{
	struct shape s = net->subtasks[0].in;
	struct exporter e = {.m = m, .net = net, .rng = rng, .norms = norms};
	maker_open(m, 14);
	maker_input(m, "x", 4, (int64_t[]){-1, s.channels, s.height, s.width});
	maker_floats(m, "zero", 0, NULL, (float[]){0});
	maker_floats(m, "six", 0, NULL, (float[]){6});
	for (e.subtask = 0; e.subtask < network_parts(net); e.subtask++) {
		e.t = &net->subtasks[e.subtask];
		for (e.layer = 0; e.layer < e.t->n_layers; e.layer++)
			put_layer(&e);
	}
	for (int n = net->n_subtasks; n < network_parts(net); n++)
		maker_output(m, maker_text(m, "cut%d", n + 1));
	maker_output(m, maker_text(m, "cut%d", net->n_subtasks));
}
