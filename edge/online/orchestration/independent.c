// SPDX-License-Identifier: BSD-3-Clause
// independent-orch: each device learns alone, a table over its own link and processor and its ten actions;
// the others are weather to it. Nobody knows what the others choose, so everybody keeps the threshold by
// itself: averaging over users gains nothing. A baseline.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent_private.h"

#define ALPHA .1
enum { SEEN = 8 }; // parts of the state that a device sees of itself

struct tables {
	double value[ORCH_AGENT_USERS][SEEN][ORCH_ACTIONS];
};

enum { N_VALUES = sizeof(struct tables) / sizeof(double) };

static int seen_by(const struct orch_state *state, int i)
{
	return state->device_busy[i] | state->memory_busy[i] << 1 | state->weak_link[i] << 2;
}

static bool may(const struct orch_task *task, int action)
{
	if (action < ORCH_EDGE && action >= task->n_variants)
		return false;
	return task->accuracy[action < ORCH_EDGE ? action : 0] >= task->threshold - ORCH_ACCURACY_SLACK;
}

static int independent_open(struct orch_agent *a, struct rng *rng, struct err *err)
{
	(void)rng;
	a->own = calloc(1, sizeof(struct tables));
	return a->own ? 0 : err_set(err, ENOMEM, "no memory for an agent");
}

static void independent_close(struct orch_agent *a)
{
	free(a->own);
}

static int independent_decide(struct orch_agent *a, const struct orch_state *state, int action[],
			      struct err *err)
{
	(void)err;
	const struct tables *t = a->own;
	for (int i = 0; i < a->task.users; i++) {
		const double *value = t->value[i][seen_by(state, i)];
		int best = -1;
		for (int k = 0; k < ORCH_ACTIONS; k++)
			if (may(&a->task, k) && (best < 0 || value[k] > value[best]))
				best = k;
		action[i] = best;
	}
	return 0;
}

static int independent_try(struct orch_agent *a, const struct orch_state *state, double epsilon,
			   struct rng *rng, int action[])
{
	(void)independent_decide(a, state, action, NULL);
	for (int i = 0; i < a->task.users; i++)
		if (rng_uniform(rng, 0, 1) < epsilon)
			do
				action[i] = (int)rng_below(rng, ORCH_ACTIONS);
			while (!may(&a->task, action[i]));
	return 0;
}

static int independent_learn(struct orch_agent *a, const struct orch_step *step, struct rng *rng,
			     struct err *err)
{
	(void)rng;
	(void)err;
	struct tables *t = a->own;
	for (int i = 0; i < a->task.users; i++) {
		double *value = &t->value[i][seen_by(step->state, i)][step->action[i]];
		*value += ALPHA * (-step->result[i].response_s / a->task.worst_s - *value);
	}
	return 0;
}

static void independent_write(const struct orch_agent *a, struct format_writer *w)
{
	format_section(w, ORCH_SECTION_VALUES, a->own, sizeof(struct tables));
}

static int independent_read(struct orch_agent *a, const struct format_reader *r)
{
	int rc = format_copy(r, ORCH_SECTION_VALUES, a->own, sizeof(struct tables));
	return rc < 0 ? rc : check_finite(a->own, N_VALUES, r);
}

const struct orch_agent_kind orch_independent = {
    .name = "independent-orch",
    .summary = "a baseline: each device learns alone and keeps the threshold alone",
    .explores = true,
    .selects = true,
    .open = independent_open,
    .close = independent_close,
    .decide = independent_decide,
    .explore = independent_try,
    .learn = independent_learn,
    .write = independent_write,
    .read = independent_read,
    .interactions = {500, 1000, 2000, 3000, 4000},
};
