// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "edge/online/env_private.h"

static int check(const struct env_config *c, int n, struct err *err)
{
	if (n < 1 || c->slot.n_users < 1)
		return err_set(err, EINVAL, "%d environments of %d users: at least one of each", n,
			       c->slot.n_users);
	if (!(c->slot.slot_s > 0) || !(c->slot.deadline_scale_s > 0) || !(c->energy_scale_j > 0))
		return err_set(err, EINVAL,
			       "slot_s %g, deadline_scale_s %g and energy_scale_j %g: must be above 0",
			       c->slot.slot_s, c->slot.deadline_scale_s, c->energy_scale_j);
	for (int m = 0; m < c->slot.n_users; m++)
		if (!(c->slot.work_flop[m] >= 0) || !isfinite(c->slot.work_flop[m]))
			return err_set(err, EINVAL, "work_flop[%d] is %g: must be finite and >= 0", m,
				       c->slot.work_flop[m]);
		else if (c->slot.work_flop[m] == 0 && c->local_at_arrival &&
			 c->arrivals[m].kind == ARRIVALS_IMMEDIATE)
			return err_set(err, EINVAL,
				       "user %d's tasks have no work and arise at once when the one before "
				       "ends: alone on its device it would have endlessly many in no time",
				       m);
	if (!(c->offset_s >= 0) || c->offset_s >= c->slot.slot_s)
		return err_set(err, EINVAL, "offset_s is %g: must be from 0 to below the slot of %g s",
			       c->offset_s, c->slot.slot_s);
	if (c->slot.margin_s < 0 || !c->caller)
		return err_set(err, EINVAL, "margin_s is %g and there is %s caller", c->slot.margin_s,
			       c->caller ? "a" : "no");
	return 0;
}

static int open_env(struct env *e, const struct env_config *c, struct err *err)
{
	size_t n = (size_t)c->slot.n_users;
	int deepest = 0;
	for (int i = 0; i < c->n_networks; i++)
		if (c->networks[i].n_subtasks > deepest)
			deepest = c->networks[i].n_subtasks;
	e->user = calloc(n, sizeof(*e->user));
	e->seen = calloc(n, sizeof(*e->seen));
	e->pending = calloc(n, sizeof(*e->pending));
	e->waited_s = calloc(n, sizeof(*e->waited_s));
	e->verdict = calloc(n, sizeof(*e->verdict));
	e->dispatched = calloc(n, sizeof(*e->dispatched));
	e->who = calloc(n, sizeof(*e->who));
	e->plan = plan_new((int)n, deepest);
	e->alone = c->with_bound ? plan_new(1, deepest) : NULL;
	if (!e->user || !e->seen || !e->pending || !e->waited_s || !e->verdict || !e->dispatched || !e->who ||
	    !e->plan || (c->with_bound && !e->alone))
		return err_set(err, ENOMEM, "no memory for an environment of %zu users", n);
	memcpy(e->seen, c->users, n * sizeof(*e->seen));
	return 0;
}

int env_init(struct env_batch *b, const struct env_config *config, int n, struct err *err)
{
	*b = (struct env_batch){.config = config};
	int rc = check(config, n, err);
	if (rc < 0)
		return rc;
	b->n_obs = slot_observation_size(&config->slot);
	b->obs = calloc((size_t)n * (size_t)b->n_obs, sizeof(*b->obs));
	b->action = calloc((size_t)n * SLOT_ACTIONS, sizeof(*b->action));
	b->reward = calloc((size_t)n, sizeof(*b->reward));
	b->env = calloc((size_t)n, sizeof(*b->env));
	if (!b->obs || !b->action || !b->reward || !b->env)
		return err_set(err, ENOMEM, "no memory for %d environments", n);
	b->n = n;
	for (int i = 0; rc == 0 && i < n; i++)
		rc = open_env(&b->env[i], config, err);
	return rc;
}

static void close_env(struct env *e, int n_users)
{
	for (int m = 0; e->user && m < n_users; m++)
		arrival_source_close(&e->user[m].source);
	free(e->user);
	free(e->seen);
	free(e->pending);
	free(e->waited_s);
	free(e->verdict);
	free(e->dispatched);
	free(e->who);
	plan_free(e->plan);
	plan_free(e->alone);
}

void env_close(struct env_batch *b)
{
	for (int i = 0; i < b->n; i++)
		close_env(&b->env[i], b->config->slot.n_users);
	free(b->obs);
	free(b->action);
	free(b->reward);
	free(b->env);
	*b = (struct env_batch){0};
}
