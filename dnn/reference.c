// SPDX-License-Identifier: BSD-3-Clause
// The innermost loop of every layer runs over channels, which lie side by side in memory: plain C that a
// compiler turns into vector instructions without changing the order in which one output's terms are added.
#include "dnn/reference.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void activate(const struct layer *l, double *v, int64_t n)
{
	if (l->activation == ACTIVATION_NONE)
		return;
	for (int64_t i = 0; i < n; i++)
		v[i] = v[i] < 0 ? 0 : v[i] > 6 ? 6 : v[i];
}

// out[o] += sum over c of in[c] * weight[c][o]
static void multiply_add(const double *restrict in, int n_in, const float *restrict weight,
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

// What one kernel position adds to one output pixel.
static void kernel_tap(const struct layer *l, int tap, const double *pixel, double *out)
{
	int ci = l->in.channels, co = l->out.channels;
	if (l->kind == LAYER_CONV)
		multiply_add(pixel, ci, l->weight + (int64_t)tap * ci * co, out, co);
	else if (l->kind == LAYER_DEPTHWISE)
		multiply_add_each(pixel, l->weight + (int64_t)tap * ci, out, ci);
	else
		add_each(pixel, out, ci);
}

// One output pixel of a layer whose kernel moves; taps outside the input meet zeros.
static void kernel_at(const struct layer *l, const double *in, int y, int x, double *out)
{
	for (int ky = 0; ky < l->kernel; ky++) {
		int iy = y * l->stride - l->padding + ky;
		if (iy < 0 || iy >= l->in.height)
			continue;
		for (int kx = 0; kx < l->kernel; kx++) {
			int ix = x * l->stride - l->padding + kx;
			if (ix < 0 || ix >= l->in.width)
				continue;
			const double *pixel = in + ((int64_t)iy * l->in.width + ix) * l->in.channels;
			kernel_tap(l, ky * l->kernel + kx, pixel, out);
		}
	}
}

static void start_from_bias(const struct layer *l, double *out)
{
	for (int c = 0; c < l->out.channels; c++)
		out[c] = l->bias ? (double)l->bias[c] : 0;
}

static void moving_kernel(const struct layer *l, const double *in, double *out)
{
	double *pixel = out;
	for (int y = 0; y < l->out.height; y++) {
		for (int x = 0; x < l->out.width; x++, pixel += l->out.channels) {
			start_from_bias(l, pixel);
			kernel_at(l, in, y, x, pixel);
		}
	}
}

static void average(const struct layer *l, const double *in, double *out)
{
	moving_kernel(l, in, out);
	for (int64_t i = 0; i < shape_values(l->out); i++)
		out[i] /= (double)l->kernel * l->kernel;
}

static void fully_connected(const struct layer *l, const double *in, double *out)
{
	start_from_bias(l, out);
	multiply_add(in, (int)shape_values(l->in), l->weight, out, l->out.channels);
}

static void run_layer(const struct layer *l, const double *in, const double *addend, double *out)
{
	int64_t n = shape_values(l->out);
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
		moving_kernel(l, in, out);
		break;
	case LAYER_POOL_AVERAGE:
		average(l, in, out);
		break;
	case LAYER_FULLY_CONNECTED:
		fully_connected(l, in, out);
		break;
	case LAYER_ADD:
		for (int64_t i = 0; i < n; i++)
			out[i] = in[i] + addend[i];
		break;
	}
	activate(l, out, n);
}

// Keeps every layer's output until the sub-task is done: the plainest way to have residual operands at hand.
static int run_subtask(const struct subtask *t, const double *in, double *out)
{
	double **value = calloc((size_t)t->n_layers, sizeof(*value));
	int r = value ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < t->n_layers; i++) {
		const struct layer *l = &t->layers[i];
		value[i] = calloc((size_t)shape_values(l->out), sizeof(double));
		if (!value[i])
			r = -ENOMEM;
		else
			run_layer(l, l->source < 0 ? in : value[l->source],
				  l->addend < 0 ? in : value[l->addend], value[i]);
	}
	if (r == 0)
		memcpy(out, value[t->n_layers - 1], sizeof(double) * (size_t)shape_values(t->out));
	for (int i = 0; value && i < t->n_layers; i++)
		free(value[i]);
	free(value);
	return r;
}

static int64_t largest_cut(const struct network *net, int from, int to)
{
	int64_t most = 1;
	for (int p = from; p <= to; p++)
		if (network_cut_values(net, p) > most)
			most = network_cut_values(net, p);
	return most;
}

int reference_run(const struct network *net, int from, int to, const double *in, double *out)
{
	size_t bytes = sizeof(double) * (size_t)largest_cut(net, from, to);
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
