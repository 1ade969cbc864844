// SPDX-License-Identifier: BSD-3-Clause
// He-normal weights (He et al., ICCV 2015, section 2.2): variance 2 / fan-in behind a rectified tensor and 1
// / fan-in behind a linear one, so that activations neither fade nor saturate ReLU6 over 53 layers. Biases
// are N(0, 0.1^2), as a folded batch normalisation leaves some: a back end that forgets one is found out.
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/rng.h"
#include "dnn/description.h"
#include "dnn/layers/activations.h"
#include "dnn/layers/layers.h"

#define BIAS_SIGMA 0.1

static int64_t fan_in(const struct layer *l)
{
	return layer_weight_values(l) / l->out.channels;
}

// Whether a tensor holds no negative values: what pools and joins rectified tensors is rectified too.
static bool output_is_rectified(const struct subtask *t, int layer, bool input_is_rectified)
{
	if (layer < 0)
		return input_is_rectified;
	const struct layer *l = &t->layers[layer];
	for (int i = 0; l->row->keeps_sign && i < l->n_inputs; i++)
		if (!output_is_rectified(t, l->input[i], input_is_rectified))
			return false;
	return l->row->keeps_sign || activation_row(l->activation)->rectifies;
}

// Points a part's layers at their values, from `next` on; returns what lies behind them.
static float *point_layers(struct network_store *store, const struct subtask *part, float *next)
{
	struct layer *first = &store->layers[part->layers - store->layers];
	for (struct layer *l = first; l < first + part->n_layers; l++) {
		l->weight = layer_weight_values(l) > 0 ? next : NULL;
		next += layer_weight_values(l);
		l->bias = layer_bias_values(l) > 0 ? next : NULL;
		next += layer_bias_values(l);
	}
	return next;
}

int weights_allocate(struct network_store *store)
{
	int64_t total = 1; // a network of pools has none
	for (int i = 0; i < store->n_layers; i++)
		total += layer_weight_values(&store->layers[i]) + layer_bias_values(&store->layers[i]);
	store->weights = malloc(sizeof(float) * (size_t)total);
	float *next = store->weights;
	for (int n = 0; next && n < network_parts(&store->net); n++)
		next = point_layers(store, &store->subtasks[n], next);
	return store->weights ? 0 : -ENOMEM;
}

static int draw_layer(const struct layer *l, bool rectified, struct rng *rng)
{
	if (!rng)
		return -ENOMEM;
	float *weight = (float *)l->weight, *bias = (float *)l->bias; // into store->weights
	double sigma = sqrt((rectified ? 2.0 : 1.0) / (double)fan_in(l));
	int64_t weights = layer_weight_values(l), biases = layer_bias_values(l);
	for (int64_t i = 0; i < weights; i++)
		weight[i] = (float)rng_normal(rng, 0, sigma);
	for (int64_t i = 0; i < biases; i++)
		bias[i] = (float)rng_normal(rng, 0, BIAS_SIGMA);
	rng_free(rng);
	return 0;
}

int weights_draw(struct network_store *store)
{
	int r = weights_allocate(store);
	const struct network *net = &store->net;
	bool rectified[DESCRIPTION_MAX_SUBTASKS + 1] = {false}; // at each cut; the input image is not
	for (int n = 0, index = 0; r == 0 && n < network_parts(net); n++) {
		const struct subtask *t = &store->subtasks[n];
		bool input = rectified[network_part_cut(net, n)];
		for (int i = 0; r == 0 && i < t->n_layers; i++, index++) {
			const struct layer *l = &t->layers[i];
			if (l->weight)
				r = draw_layer(
				    l, output_is_rectified(t, l->input[0], input),
				    rng_new(store->net.weight_seed, 0, RNG_WEIGHTS, (uint64_t)index));
		}
		if (n < net->n_subtasks)
			rectified[n + 1] = output_is_rectified(t, t->n_layers - 1, input);
	}
	return r;
}
