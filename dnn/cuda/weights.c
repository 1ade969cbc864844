// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cuda/weights.h"

#include <stdbool.h>
#include <stdlib.h>

#include "dnn/cuda/align.h"
#include "dnn/cuda/check.h"
#include "dnn/cuda/launch.h"
#include "dnn/description.h"
#include "dnn/layers/layers.h"

struct loader {
	char *block, *at; // device; NULL while sizes are only added up
	size_t total;
	enum cuda_precision precision;
	float *staging; // device, for the largest tensor; fp16 only
	struct err *err;
};

static size_t tensor_bytes(enum cuda_precision precision, int64_t values)
{
	return (size_t)cuda_aligned(values * (precision == CUDA_FP32 ? 4 : 2));
}

static int copy(struct loader *l, const float *values, int64_t n)
{
	if (l->precision == CUDA_FP32)
		return cuda_check(cudaMemcpy(l->at, values, (size_t)n * 4, cudaMemcpyHostToDevice),
				  "copying weights to the GPU", l->err);
	int r = cuda_check(cudaMemcpy(l->staging, values, (size_t)n * 4, cudaMemcpyHostToDevice),
			   "copying weights to the GPU", l->err);
	return r < 0 ? r
		     : cuda_check(cuda_launch_narrow(l->staging, l->at, n, NULL), "weights to fp16", l->err);
}

static int place(struct loader *l, const float *values, int64_t n, const void **where)
{
	if (!values)
		return 0;
	int r = 0;
	if (l->block) {
		*where = l->at;
		r = copy(l, values, n);
		l->at += tensor_bytes(l->precision, n);
	}
	l->total += tensor_bytes(l->precision, n);
	return r;
}

static int place_all(struct loader *l, struct cuda_weights *w, const struct network *net)
{
	int r = 0;
	for (int n = 0; r == 0 && n < network_parts(net); n++) {
		const struct subtask *t = &net->subtasks[n];
		for (int i = 0; r == 0 && i < t->n_layers; i++) {
			const struct layer *layer = &t->layers[i];
			r = place(l, layer->weight, layer_weight_values(layer), &w->weight[n][i]);
			if (r == 0)
				r = place(l, layer->bias, layer_bias_values(layer), &w->bias[n][i]);
		}
	}
	return r;
}

static int64_t largest_tensor(const struct network *net)
{
	int64_t most = 1;
	for (int n = 0; n < network_parts(net); n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++) {
			int64_t values = layer_weight_values(&net->subtasks[n].layers[i]);
			most = values > most ? values : most;
		}
	return most;
}

static int make_tables(struct cuda_weights *w, const struct network *net)
{
	*w = (struct cuda_weights){.n_parts = network_parts(net),
				   .weight = calloc((size_t)network_parts(net), sizeof(*w->weight)),
				   .bias = calloc((size_t)network_parts(net), sizeof(*w->bias))};
	bool made = w->weight && w->bias;
	for (int n = 0; made && n < network_parts(net); n++) {
		w->weight[n] = calloc((size_t)net->subtasks[n].n_layers, sizeof(**w->weight));
		w->bias[n] = calloc((size_t)net->subtasks[n].n_layers, sizeof(**w->bias));
		made = w->weight[n] && w->bias[n];
	}
	return made ? 0 : -ENOMEM;
}

int cuda_weights_load(struct cuda_weights *w, const struct network *net, enum cuda_precision precision,
		      struct err *err)
{
	struct loader l = {.precision = precision, .err = err};
	int r = make_tables(w, net);
	if (r < 0)
		err_set(err, ENOMEM, "no memory for the weights' addresses");
	if (r == 0)
		r = place_all(&l, w, net); // sizes
	if (r == 0)
		r = cuda_check(cudaMalloc(&w->block, l.total + CUDA_ALIGNMENT), "memory for the weights",
			       err);
	if (r == 0 && precision == CUDA_FP16)
		r = cuda_check(cudaMalloc((void **)&l.staging, (size_t)largest_tensor(net) * 4),
			       "memory for the weights", err);
	if (r == 0) {
		l.block = l.at = w->block;
		r = place_all(&l, w, net);
		// cudaMemcpy may return before the last values have arrived, and the executor's streams do
		// not wait for the default one.
		if (r == 0)
			r = cuda_check(cudaStreamSynchronize(NULL), "copying weights to the GPU", err);
	}
	cudaFree(l.staging);
	if (r < 0)
		cuda_weights_free(w);
	return r;
}

void cuda_weights_free(struct cuda_weights *w)
{
	for (int n = 0; n < w->n_parts; n++) {
		free(w->weight ? w->weight[n] : NULL);
		free(w->bias ? w->bias[n] : NULL);
	}
	free(w->weight);
	free(w->bias);
	cudaFree(w->block);
	*w = (struct cuda_weights){0};
}
