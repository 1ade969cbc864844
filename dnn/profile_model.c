// SPDX-License-Identifier: BSD-3-Clause
// Stated profiles: the figures are STATED, not measured on any GPU.
//
// mobilenet-v2-gpu-model: a GPU runs a small batch in the time its kernel launches take and grows with the
// memory traffic of the activations once it is filled: F_n(b) = max(c_n, 0.3 c_n + beta_n b). c_n shares 5 ms
// out by the number of kernels (convolutional and fully connected layers), beta_n shares 0.25 ms an image out
// by activation values written. The shape follows published MobileNet-V2 batch curves.
//
// 3dssd-gpu-model: F_n(b) = c_n + beta_n b over its five sub-tasks (three set abstractions, candidate
// generation, prediction head).
//
// pentominoes-4-gpu-model: d_n(b) = c_n + beta_n b over four blocks, heads included.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dnn/layers/layers.h"
#include "dnn/profile_private.h"

#define LAUNCH_TOTAL_S 5.0e-3
#define LAUNCH_SHARE 0.3
#define IMAGE_TOTAL_S 0.25e-3

static const char *const model_names[] = {"mobilenet-v2-gpu-model", "3dssd-gpu-model",
					  "pentominoes-4-gpu-model", NULL};
enum { MODEL_MAX_BATCH = 64 };

const char *const *profile_model_names(void)
{
	return model_names;
}

static int count_kernels(const struct subtask *t)
{
	int n = 0;
	for (int i = 0; i < t->n_layers; i++)
		n += layer_weight_values(&t->layers[i]) > 0;
	return n;
}

// Values written; a residual addition is part of the kernel before it.
static double count_activations(const struct subtask *t)
{
	double n = 0;
	for (int i = 0; i < t->n_layers; i++)
		if (t->layers[i].kind != LAYER_ADD)
			n += (double)shape_values(t->layers[i].out);
	return n;
}

static void fill(struct profile *p, const struct network *net)
{
	double kernels = 0, activations = 0;
	for (int n = 0; n < net->n_subtasks; n++) {
		kernels += count_kernels(&net->subtasks[n]);
		activations += count_activations(&net->subtasks[n]);
	}
	for (int n = 0; n < net->n_subtasks; n++) {
		double c = LAUNCH_TOTAL_S * count_kernels(&net->subtasks[n]) / kernels;
		double beta = IMAGE_TOTAL_S * count_activations(&net->subtasks[n]) / activations;
		for (int b = 1; b <= p->max_batch; b++) {
			double s = fmax(c, LAUNCH_SHARE * c + beta * b);
			p->entries[n * p->max_batch + b - 1] =
			    (struct profile_entry){.median_s = s, .p95_s = s, .min_s = s, .max_s = s};
		}
	}
	profile_make_monotone(p);
}

static int state_mobilenet(struct profile **out, struct err *err)
{
	struct network *net;
	int r = network_outline(&net, "mobilenet-v2", 0, err);
	if (r < 0)
		return r;
	struct profile *p = profile_new(net, MODEL_MAX_BATCH);
	if (p) {
		fill(p, net);
		snprintf(p->source, sizeof(p->source),
			 "stated: max(c, %.1f c + beta b), c = %.0f ms by kernels, beta = %.2f ms by "
			 "activations",
			 LAUNCH_SHARE, LAUNCH_TOTAL_S * 1e3, IMAGE_TOTAL_S * 1e3);
	}
	network_free(net);
	*out = p;
	return 0;
}

// F_n(b) = c_n + beta_n b
struct straight {
	const char *network, *words;
	int n_subtasks;
	double fixed_s[5], input_s[5];
};

static const struct straight straight[] = {
    {"3dssd",
     "c = (20, 8, 3, 3, 1) ms, beta = (2, 2, 1.5, 1.5, 0.05) ms",
     5,
     {20e-3, 8e-3, 3e-3, 3e-3, 1e-3},
     {2e-3, 2e-3, 1.5e-3, 1.5e-3, .05e-3}},
    {"pentominoes-4",
     "c = (1.2, 1.4, 1.8, 1.6) ms, beta = (0.14, 0.15, 0.17, 0.14) ms, heads included",
     4,
     {1.2e-3, 1.4e-3, 1.8e-3, 1.6e-3},
     {.14e-3, .15e-3, .17e-3, .14e-3}},
};

static int state_straight(struct profile **out, const struct straight *line)
{
	struct profile *p = profile_allocate(line->n_subtasks, MODEL_MAX_BATCH);
	for (int i = 0; p && i < line->n_subtasks * MODEL_MAX_BATCH; i++) {
		int n = i / MODEL_MAX_BATCH, b = i % MODEL_MAX_BATCH + 1;
		double s = line->fixed_s[n] + line->input_s[n] * b;
		p->entries[i] = (struct profile_entry){.median_s = s, .p95_s = s, .min_s = s, .max_s = s};
	}
	if (p) {
		profile_make_monotone(p);
		snprintf(p->network, sizeof(p->network), "%s", line->network);
		snprintf(p->source, sizeof(p->source), "stated: c + beta b, %s", line->words);
	}
	*out = p;
	return 0;
}

int profile_model(struct profile **out, const char *name, struct err *err)
{
	*out = NULL;
	int r = strcmp(name, model_names[0]) == 0   ? state_mobilenet(out, err)
		: strcmp(name, model_names[1]) == 0 ? state_straight(out, &straight[0])
		: strcmp(name, model_names[2]) == 0 ? state_straight(out, &straight[1])
						    : -ENOENT;
	if (r < 0)
		return r;
	if (!*out)
		return err_set(err, ENOMEM, "no memory for the profile %s", name);
	(*out)->modelled = true;
	snprintf((*out)->origin, sizeof((*out)->origin), "%s", name);
	return 0;
}
