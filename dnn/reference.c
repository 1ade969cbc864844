// SPDX-License-Identifier: BSD-3-Clause
// The innermost loop of every layer runs over channels, which lie side by side in memory: plain C that a
// compiler turns into vector instructions without changing the order in which one output's terms are added.
#include "dnn/reference.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/clones.h"
#include "dnn/reference_points.h"

static double activated(const struct layer *l, double x)
{
	double alpha = (double)l->alpha, beta = (double)l->beta;
	switch (l->activation) {
	case ACTIVATION_NONE:
		return x;
	case ACTIVATION_RELU:
		return x < 0 ? 0 : x;
	case ACTIVATION_RELU6:
		return x < 0 ? 0 : x > 6 ? 6 : x;
	case ACTIVATION_SIGMOID:
		return 1 / (1 + exp(-x));
	case ACTIVATION_HARD_SWISH:
		return x * fmin(fmax(x + 3, 0), 6) / 6;
	case ACTIVATION_SILU:
		return x / (1 + exp(-x));
	case ACTIVATION_TANH:
		return tanh(x);
	case ACTIVATION_LEAKY_RELU:
		return x < 0 ? alpha * x : x;
	case ACTIVATION_ELU:
		return x < 0 ? alpha * expm1(x) : x;
	case ACTIVATION_CLIP:
		return fmin(fmax(x, alpha), beta);
	case ACTIVATION_HARD_SIGMOID:
		return fmin(fmax(alpha * x + beta, 0), 1);
	}
	return x;
}

static void activate(const struct layer *l, double *v)
{
	for (int64_t i = 0; l->activation != ACTIVATION_NONE && i < shape_values(l->out); i++)
		v[i] = activated(l, v[i]);
}

// out[o] += sum over c of in[c] * weight[c][o]
CLONES static void multiply_add(const double *restrict in, int n_in, const float *restrict weight,
				double *restrict out, int n_out)
{
	for (int c = 0; c < n_in; c++)
		for (int o = 0; o < n_out; o++)
			out[o] += in[c] * (double)weight[(int64_t)c * n_out + o];
}

// out[c] += in[c] * weight[c]
static void multiply_add_each(const double *restrict in, const float *restrict weight, double *restrict out,
			      int n)
{
	for (int c = 0; c < n; c++)
		out[c] += in[c] * (double)weight[c];
}

static void add_each(const double *restrict in, double *restrict out, int n)
{
	for (int c = 0; c < n; c++)
		out[c] += in[c];
}

static void max_each(const double *restrict in, double *restrict out, int n)
{
	for (int c = 0; c < n; c++)
		out[c] = in[c] > out[c] ? in[c] : out[c];
}

static void grouped_tap(const struct layer *l, const float *weight, const double *pixel, double *out)
{
	int ci = l->in.channels / l->groups, co = l->out.channels / l->groups;
	for (int g = 0; g < l->groups; g++, pixel += ci, out += co, weight += co)
		for (int c = 0; c < ci; c++)
			for (int o = 0; o < co; o++)
				out[o] += pixel[c] * (double)weight[(int64_t)c * l->out.channels + o];
}

// The filter's values at one kernel position.
static const float *weight_at(const struct layer *l, int tap)
{
	return l->weight + (int64_t)tap * (l->in.channels / l->groups) * l->out.channels;
}

// What one kernel position contributes to one output pixel.
static void kernel_tap(const struct layer *l, int tap, const double *pixel, double *out)
{
	int ci = l->in.channels;
	if (l->kind == LAYER_DEPTHWISE)
		multiply_add_each(pixel, weight_at(l, tap), out, ci);
	else if (l->kind == LAYER_CONV && l->groups == 1)
		multiply_add(pixel, ci, weight_at(l, tap), out, l->out.channels);
	else if (l->kind == LAYER_CONV)
		grouped_tap(l, weight_at(l, tap), pixel, out);
	else if (l->kind == LAYER_POOL_MAX)
		max_each(pixel, out, ci);
	else
		add_each(pixel, out, ci);
}

// One output pixel of a layer whose kernel moves; returns the kernel positions within the input.
static int kernel_at(const struct layer *l, const double *in, int y, int x, double *out)
{
	int inside = 0;
	for (int ky = 0; ky < l->kernel.y; ky++) {
		int iy = y * l->stride.y - l->pad_before.y + ky * l->dilation.y;
		if (iy < 0 || iy >= l->in.height)
			continue;
		for (int kx = 0; kx < l->kernel.x; kx++) {
			int ix = x * l->stride.x - l->pad_before.x + kx * l->dilation.x;
			if (ix < 0 || ix >= l->in.width)
				continue;
			const double *pixel = in + ((int64_t)iy * l->in.width + ix) * l->in.channels;
			kernel_tap(l, ky * l->kernel.x + kx, pixel, out);
			inside++;
		}
	}
	return inside;
}

// What an output pixel holds before the first kernel position.
static void start(const struct layer *l, double *out)
{
	for (int c = 0; c < l->out.channels; c++)
		out[c] = l->kind == LAYER_POOL_MAX ? -INFINITY : l->bias ? (double)l->bias[c] : 0;
}

static void moving_kernel(const struct layer *l, const double *in, double *out)
{
	double *pixel = out;
	for (int y = 0; y < l->out.height; y++) {
		for (int x = 0; x < l->out.width; x++, pixel += l->out.channels) {
			start(l, pixel);
			int inside = kernel_at(l, in, y, x, pixel);
			int divisor = l->count_padding ? l->kernel.y * l->kernel.x : inside;
			for (int c = 0; l->kind == LAYER_POOL_AVERAGE && c < l->out.channels; c++)
				pixel[c] /= divisor;
		}
	}
}

static void fully_connected(const struct layer *l, const double *in, double *out)
{
	start(l, out);
	multiply_add(in, (int)shape_values(l->in), l->weight, out, l->out.channels);
}

// Values between two pixels' first channels: what the tensor at input i has of channels.
static int input_channels(const struct subtask *t, const struct layer *l, int i)
{
	return l->input[i] < 0 ? t->in.channels : t->layers[l->input[i]].out.channels;
}

// By one value a channel where the second tensor has a single position.
static void multiply(const struct subtask *t, const struct layer *l, const double *const in[], double *out)
{
	int from = l->input[1];
	int64_t factors = shape_values(from < 0 ? t->in : t->layers[from].out);
	for (int64_t i = 0; i < shape_values(l->out); i++)
		out[i] = in[0][i] * in[1][i % factors];
}

static void concatenate(const struct subtask *t, const struct layer *l, const double *const in[], double *out)
{
	int64_t pixels = (int64_t)l->out.height * l->out.width;
	for (int64_t k = 0; k < pixels; k++) {
		for (int i = 0; i < l->n_inputs; i++) {
			int channels = input_channels(t, l, i);
			memcpy(out, in[i] + k * channels, sizeof(double) * (size_t)channels);
			out += channels;
		}
	}
}

// Shifted by the largest value, so that no exponential overflows.
static void softmax(const double *in, double *out, int n)
{
	double most = -INFINITY, sum = 0;
	for (int c = 0; c < n; c++)
		most = fmax(most, in[c]);
	for (int c = 0; c < n; c++)
		sum += out[c] = exp(in[c] - most);
	for (int c = 0; c < n; c++)
		out[c] /= sum;
}

static int run_points(const struct subtask *t, const struct layer *l, const double *const in[], double *out)
{
	struct shape from[LAYER_MAX_INPUTS];
	for (int i = 0; i < l->n_inputs; i++)
		from[i] = l->input[i] < 0 ? t->in : t->layers[l->input[i]].out;
	return reference_points(l, from, in, out);
}

static int run_layer(const struct subtask *t, const struct layer *l, const double *const in[], double *out)
{
	int64_t n = shape_values(l->out);
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		moving_kernel(l, in[0], out);
		break;
	case LAYER_FULLY_CONNECTED:
		fully_connected(l, in[0], out);
		break;
	case LAYER_ADD:
		for (int64_t i = 0; i < n; i++)
			out[i] = in[0][i] + in[1][i];
		break;
	case LAYER_MULTIPLY:
		multiply(t, l, in, out);
		break;
	case LAYER_CONCAT:
		concatenate(t, l, in, out);
		break;
	case LAYER_SOFTMAX:
		for (int64_t i = 0; i < n; i += l->out.channels)
			softmax(in[0] + i, out + i, l->out.channels);
		break;
	case LAYER_ACTIVATION:
		memcpy(out, in[0], sizeof(double) * (size_t)n);
		break;
	case LAYER_SLICE:
	case LAYER_STACK:
	case LAYER_SAMPLE:
	case LAYER_GROUP:
	case LAYER_VOTE:
	case LAYER_NMS:
		return run_points(t, l, in, out);
	}
	activate(l, out);
	for (int64_t i = 0; l->is_float64 && i < n; i++)
		out[i] = (double)(float)out[i];
	return 0;
}

static bool is_read_later(const struct subtask *t, int layer, int after)
{
	for (int i = after + 1; i < t->n_layers; i++)
		for (int k = 0; k < t->layers[i].n_inputs; k++)
			if (t->layers[i].input[k] == layer)
				return true;
	return layer == t->n_layers - 1;
}

// Keeps every layer's output as long as another one may read it.
static int run_subtask(const struct subtask *t, const double *in, double *out)
{
	double **value = calloc((size_t)t->n_layers, sizeof(*value));
	int r = value ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < t->n_layers; i++) {
		const struct layer *l = &t->layers[i];
		const double *operand[LAYER_MAX_INPUTS] = {in, in};
		for (int k = 0; k < l->n_inputs; k++)
			operand[k] = l->input[k] < 0 ? in : value[l->input[k]];
		value[i] = calloc((size_t)shape_values(l->out), sizeof(double));
		if (!value[i])
			r = -ENOMEM;
		else
			r = run_layer(t, l, operand, value[i]);
		for (int k = 0; k < i; k++) {
			if (is_read_later(t, k, i))
				continue;
			free(value[k]);
			value[k] = NULL;
		}
	}
	if (r == 0)
		memcpy(out, value[t->n_layers - 1], sizeof(double) * (size_t)shape_values(t->out));
	for (int i = 0; value && i < t->n_layers; i++)
		free(value[i]);
	free(value);
	return r;
}

int reference_run(const struct network *net, int from, int to, const double *in, double *out)
{
	size_t bytes = sizeof(double) * (size_t)network_largest_cut(net, from, to);
	double *tensor = malloc(bytes), *next = malloc(bytes);
	int r = tensor && next ? 0 : -ENOMEM;
	if (r == 0)
		memcpy(tensor, in, sizeof(double) * (size_t)network_cut_values(net, from));
	for (int n = from; r == 0 && n < to; n++) {
		r = run_subtask(&net->subtasks[n], tensor, next);
		double *swap = tensor;
		tensor = next;
		next = swap;
	}
	if (r == 0)
		memcpy(out, tensor, sizeof(double) * (size_t)network_cut_values(net, to));
	free(tensor);
	free(next);
	return r;
}

double relative_error(const float *a, const float *b, int64_t n)
{
	double difference = 0, scale = 0;
	for (int64_t i = 0; i < n; i++) {
		double d = fabs((double)a[i] - (double)b[i]);
		if (!isfinite(d))
			return INFINITY;
		difference = fmax(difference, d);
		scale = fmax(scale, fabs((double)b[i]));
	}
	if (difference == 0)
		return 0;
	return scale > 0 ? difference / scale : INFINITY;
}
