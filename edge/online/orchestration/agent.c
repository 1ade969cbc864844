// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/nearest.h"
#include "edge/online/orchestration/agent_private.h"

enum { DRAWS = 100000 };

static const struct orch_agent_kind *const kinds[] = {
    &orch_q, &orch_dqn, &orch_hybrid, &orch_no_selection, &orch_independent, NULL};

const struct orch_agent_kind *const *orch_agent_kinds(void)
{
	return kinds;
}

const struct orch_agent_kind *orch_agent_kind_find(const char *name, struct err *err)
{
	char names[200] = "", near[80];
	struct nearest nearest = nearest_to(name);
	for (const struct orch_agent_kind *const *kind = kinds; *kind; kind++) {
		size_t used = strlen(names);
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
		snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", (*kind)->name);
		nearest_offer(&nearest, (*kind)->name);
	}
	err_set(err, ENOENT, "there is no orchestrating agent '%.60s'; there are %s%s", name, names,
		nearest_text(&nearest, near, sizeof(near)));
	return NULL;
}

int orch_agent_open(struct orch_agent **out, const struct orch_agent_kind *kind, const struct orch_task *task,
		    struct rng *rng, struct err *err)
{
	struct orch_agent *a = *out = calloc(1, sizeof(*a));
	if (!a)
		return err_set(err, ENOMEM, "no memory for an agent");
	a->kind = kind;
	a->task = *task;
	int rc = kind->open(a, rng, err);
	if (rc < 0) {
		orch_agent_close(a);
		*out = NULL;
	}
	return rc;
}

void orch_agent_close(struct orch_agent *a)
{
	if (a)
		a->kind->close(a);
	free(a);
}

const struct orch_agent_kind *orch_agent_kind_of(const struct orch_agent *a)
{
	return a->kind;
}

const struct orch_task *orch_agent_task(const struct orch_agent *a)
{
	return &a->task;
}

static bool has_action(const struct orch_task *task, int action, bool selection)
{
	return action >= ORCH_EDGE || (action < task->n_variants && (selection || action == 0));
}

static int draw_action(const struct orch_task *task, bool selection, struct rng *rng)
{
	int action;
	do
		action = (int)rng_below(rng, ORCH_ACTIONS);
	while (!has_action(task, action, selection));
	return action;
}

void orch_draw_allowed(const struct orch_task *task, const struct orch_state *state, const int *near,
		       bool selection, struct rng *rng, int action[])
{
	bool close = near && rng_below(rng, 2) == 0;
	for (int draw = 0; draw < DRAWS; draw++) {
		int tried[ORCH_AGENT_USERS];
		for (int i = 0; i < task->users; i++)
			tried[i] = close ? near[i] : draw_action(task, selection, rng);
		for (int k = 0; close && k < 2; k++)
			tried[rng_below(rng, (uint64_t)task->users)] = draw_action(task, selection, rng);
		if (!orch_task_allows(task, tried))
			continue;
		orch_canonical(state, tried);
		memcpy(action, tried, (size_t)task->users * sizeof(*action));
		return;
	}
	if (near)
		memcpy(action, near, (size_t)task->users * sizeof(*action));
}

int orch_agent_decide(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err)
{
	return a->kind->decide(a, state, action, err);
}

int orch_agent_try(struct orch_agent *a, const struct orch_state *state, double epsilon, struct rng *rng,
		   int action[], struct err *err)
{
	if (a->kind->explore)
		return a->kind->explore(a, state, epsilon, rng, action);
	int best[ORCH_AGENT_USERS];
	int rc = a->kind->decide(a, state, best, err);
	if (rc < 0)
		return rc;
	memcpy(action, best, (size_t)a->task.users * sizeof(*action));
	if (a->kind->explores && rng_uniform(rng, 0, 1) < epsilon)
		orch_draw_allowed(&a->task, state, best, a->kind->selects, rng, action);
	return 0;
}

int orch_agent_learn(struct orch_agent *a, const struct orch_step *step, double share, struct rng *rng,
		     struct err *err)
{
	a->share = share;
	return a->kind->learn(a, step, rng, err);
}

static bool same_variants(const struct orch_task *a, const struct orch_task *b)
{
	for (int v = 0; v < a->n_variants; v++)
		if (fabs(a->accuracy[v] - b->accuracy[v]) > ORCH_ACCURACY_SLACK)
			return false;
	return a->n_variants == b->n_variants;
}

static int adopt_threshold(struct orch_agent *a, double threshold, struct err *err)
{
	a->task.threshold = threshold;
	return a->kind->retarget ? a->kind->retarget(a, err) : 0;
}

int orch_agent_fits(struct orch_agent *a, const struct orch_agent_kind *kind, const struct orch_task *task,
		    bool transfer, struct err *err)
{
	const struct orch_task *has = &a->task;
	if (kind && kind != a->kind)
		return err_set(err, EINVAL, "the agent is %s, not %s: use --policy %s or train one",
			       a->kind->name, kind->name, a->kind->name);
	if (has->users != task->users)
		return err_set(err, EINVAL,
			       "the agent was trained for %d users, here are %d: train one for %d",
			       has->users, task->users, task->users);
	if (!same_variants(has, task))
		return err_set(
		    err, EINVAL,
		    "the agent was trained for %d models with other accuracies than the %d here: train "
		    "one with these",
		    has->n_variants, task->n_variants);
	if (fabs(has->threshold - task->threshold) <= ORCH_ACCURACY_SLACK)
		return 0;
	if (transfer)
		return adopt_threshold(a, task->threshold, err);
	return err_set(
	    err, EINVAL,
	    "the agent was trained for the threshold %g, here it is %g: train one from it for this "
	    "threshold",
	    has->threshold, task->threshold);
}
