// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/clairvoyant.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define ROUNDING 1e-9 // of a slot: boundaries are its multiples up to this

static int open_step(struct step *s, size_t n)
{
	s->users = calloc(n, sizeof(*s->users));
	s->pending = calloc(n, sizeof(*s->pending));
	s->verdict = calloc(n, sizeof(*s->verdict));
	return s->users && s->pending && s->verdict ? 0 : -ENOMEM;
}

static void close_step(struct step *s)
{
	free(s->users);
	free(s->pending);
	free(s->verdict);
}

int clairvoyant_open(struct decider *d, struct err *err)
{
	const struct decider_config *config = &d->config;
	size_t n = (size_t)config->slots->n_users;
	if (config->horizon_slots < 1 || config->horizon_slots > DECIDER_MAX_HORIZON)
		return err_set(err, EINVAL, "the horizon is %d slots: 1 to %d are right",
			       config->horizon_slots, DECIDER_MAX_HORIZON);
	struct clairvoyant *c = d->clairvoyant = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, ENOMEM, "no memory");
	c->slots = config->slots;
	c->horizon = config->horizon_slots;
	c->local = policy_find("lc", err);
	c->caller = d->caller;
	c->steps = calloc((size_t)c->horizon, sizeof(*c->steps));
	c->chosen = calloc(n, sizeof(*c->chosen));
	c->who = calloc(n, sizeof(*c->who));
	c->known = calloc(n, sizeof(*c->known));
	int r = c->local && c->steps && c->chosen && c->who && c->known ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < c->horizon; i++)
		r = open_step(&c->steps[i], n);
	return r == 0 ? 0 : err_set(err, ENOMEM, "no memory to look %d slots ahead", c->horizon);
}

void clairvoyant_close(struct clairvoyant *c)
{
	if (!c)
		return;
	for (int i = 0; c->steps && i < c->horizon; i++)
		close_step(&c->steps[i]);
	plan_free(c->plan);
	free(c->steps);
	free(c->chosen);
	free(c->who);
	free(c->known);
	free(c);
}

static int make_plan_room(struct clairvoyant *c)
{
	const struct snapshot *problem = c->view->problem;
	int subtasks = 1;
	for (int i = 0; i < problem->n_networks; i++)
		if (problem->networks[i].n_subtasks > subtasks)
			subtasks = problem->networks[i].n_subtasks;
	if (c->plan && c->plan_subtasks >= subtasks)
		return 0;
	plan_free(c->plan);
	c->plan = plan_new(c->slots->n_users, subtasks);
	c->plan_subtasks = subtasks;
	return c->plan ? 0 : err_set(c->err, ENOMEM, "no memory to plan for %d users", c->slots->n_users);
}

static int find_least(struct clairvoyant *c, struct known *k)
{
	struct snapshot snapshot = *c->view->problem;
	snapshot.jobs = &k->task;
	snapshot.n_jobs = 1;
	snapshot.servers[0].free_s = snapshot.edge_deadline_s = 0;
	int r = policy_plan(c->caller, &snapshot, c->plan, c->err);
	k->least_j = r == 0 && c->plan->feasible ? c->plan->energy_j : 0;
	return r;
}

// What arises at a boundary of the search after the first. What cannot wait for its boundary runs locally
// when it comes: nobody's choice.
static void see_future(struct clairvoyant *c, const struct decider_future *f)
{
	int when = (int)fmin(ceil(f->after_s / c->slots->slot_s - ROUNDING), c->horizon);
	double late_s = fmax(when * c->slots->slot_s - f->after_s, 0);
	if (when < 1 || when >= c->horizon || slot_cannot_wait(c->slots, &f->task, f->user, late_s))
		return;
	c->known[f->user] = (struct known){.when = when, .task = f->task};
	c->known[f->user].task.deadline_s -= late_s;
}

int clairvoyant_see(struct clairvoyant *c)
{
	struct step *s = &c->steps[0];
	int r = make_plan_room(c);
	s->gpu_free_s = c->view->state.gpu_free_s;
	for (int i = 0; i < c->slots->n_users; i++) {
		s->users[i] = c->view->state.users[i];
		s->pending[i] = c->view->state.pending[i];
		c->known[i] = (struct known){.when = s->pending[i] ? 0 : -1, .task = s->users[i]};
	}
	for (int k = 0; k < c->view->n_future; k++)
		see_future(c, &c->view->future[k]);
	for (int i = 0; r == 0 && i < c->slots->n_users; i++)
		r = c->known[i].when >= 0 ? find_least(c, &c->known[i]) : 0;
	return r;
}
