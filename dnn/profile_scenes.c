// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>

#include "dnn/executor.h"
#include "dnn/profile_internal.h"
#include "dnn/samples.h"

enum { SCENES = 4 };

struct scenes {
	const struct network *network;
	int max_batch;
	float **tensor;	    // [SCENES][n_subtasks + 1]: at each cut
	const float **user; // [n_subtasks][max_batch]: borrowed from tensor
};

// The tensors at every cut of one scene.
static int compute(struct scenes *s, int scene, struct executor *e, struct err *err)
{
	const struct network *net = s->network;
	float **cut = s->tensor + (size_t)scene * (size_t)(net->n_subtasks + 1);
	for (int p = 0; p <= net->n_subtasks; p++) {
		cut[p] = calloc((size_t)network_cut_values(net, p), sizeof(float)); // a replay writes nothing
		if (!cut[p])
			return err_set(err, ENOMEM, "no memory for the inputs of %s", net->name);
	}
	void *wire = malloc((size_t)network_cut_bits(net, 0) / 8);
	int r = wire && samples_draw_input(net, 1, scene, wire) == 0
		    ? 0
		    : err_set(err, ENOMEM, "no memory for the inputs of %s", net->name);
	if (r == 0)
		network_input_from_wire(net, wire, cut[0]);
	free(wire);
	for (int n = 0; r == 0 && n < net->n_subtasks; n++)
		r = executor_run(e, n, 1, (const float *const *)&cut[n], &cut[n + 1], NULL, err);
	return r;
}

int profile_scenes_new(struct scenes **out, struct executor *e, const struct network *net, int max_batch,
		       struct err *err)
{
	*out = NULL;
	struct scenes *s = calloc(1, sizeof(*s));
	size_t n = (size_t)net->n_subtasks;
	if (s) {
		*s = (struct scenes){net, max_batch, calloc(SCENES * (n + 1), sizeof(float *)),
				     calloc(n * (size_t)max_batch, sizeof(float *))};
	}
	if (!s || !s->tensor || !s->user) {
		profile_scenes_free(s);
		return err_set(err, ENOMEM, "no memory for the inputs of %s", net->name);
	}
	int r = 0;
	for (int scene = 0; r == 0 && scene < SCENES; scene++)
		r = compute(s, scene, e, err);
	for (size_t i = 0; i < n * (size_t)max_batch; i++)
		s->user[i] = s->tensor[i % (size_t)max_batch % SCENES * (n + 1) + i / (size_t)max_batch];
	if (r < 0)
		profile_scenes_free(s);
	else
		*out = s;
	return r;
}

const float *const *profile_scenes_inputs(const struct scenes *s, int subtask)
{
	return s->user + (size_t)subtask * (size_t)s->max_batch;
}

void profile_scenes_free(struct scenes *s)
{
	if (!s)
		return;
	for (int i = 0; s->tensor && i < SCENES * (s->network->n_subtasks + 1); i++)
		free(s->tensor[i]);
	free(s->tensor);
	free(s->user);
	free(s);
}
