// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/reference.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/layers/activations.h"
#include "dnn/layers/layers.h"

static int run_layer(const struct subtask *t, const struct layer *l, const double *const in[], double *out)
{
	struct shape from[LAYER_MAX_INPUTS];
	for (int i = 0; i < l->n_inputs; i++)
		from[i] = l->input[i] < 0 ? t->in : t->layers[l->input[i]].out;
	int r = l->row->reference(l, &(const struct layer_tensors){from, in, out});
	int64_t n = shape_values(l->out);
	if (r == 0 && l->activation != ACTIVATION_NONE)
		activation_row(l->activation)->apply(out, n, (double)l->alpha, (double)l->beta);
	for (int64_t i = 0; layer_is_float64(l) && i < n; i++)
		out[i] = (double)(float)out[i];
	return r;
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

int reference_run_head(const struct network *net, int exit, const double *in, double *out)
{
	return run_subtask(&net->subtasks[network_head(net, exit)], in, out);
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
