// SPDX-License-Identifier: BSD-3-Clause
// clairvoyant: looks ahead on the known tasks, which include the next ones of idle users. Over the boundaries
// within the horizon every sequence of wait, local and call (og, with each threshold of a grid, or none) is
// tried; the first step of the cheapest is taken, and at the next boundary all is thought over again. At the
// horizon's end nothing waits any more. With one task a user and a horizon beyond the last of them nothing in
// slots and on the grid is cheaper. In a longer run it is no bound: it does not see what users do after the
// tasks it knows. env_log.bound_j is one.
//
// Depth first, a branch ends when it costs more than the best so far. Left out is what cannot be better:
// choices that cost no less and leave the edge no earlier than another of the same boundary, and waiting when
// nothing more is known to come.
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "edge/online/kinds.h"

// Above any energy: a miss is worse than whatever it saves.
#define MISS_J 1e6

// Local, and calls with each threshold.
enum { THRESHOLDS = DECIDER_THRESHOLDS, MOST_OPTIONS = THRESHOLDS + 2 };

// A choice that sends all pending tasks, and what it brings.
struct option {
	struct slot_choice choice;
	double cost_j, gpu_free_s;
};

// What holds at one boundary of the search.
struct step {
	struct snapshot_user *users; // [n]
	bool *pending;		     // [n]
	enum slot_verdict *verdict;  // [n]
	double gpu_free_s;
};

struct clairvoyant {
	const struct slot_config *slots;
	const struct policy *local, *caller;
	int horizon;
	struct step *steps; // [horizon]
	struct plan *plan;
	int plan_subtasks;
	struct snapshot_user *chosen; // [n]
	int *who;		      // [n]
	const struct decider_view *view;
	double best_j;
	struct slot_choice first, best_first;
	struct err *err;
};

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
	int r = c->local && c->steps && c->chosen && c->who ? 0 : -ENOMEM;
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

// The slot rules do not ask how long tasks have waited.
static struct slot_state state_of(const struct clairvoyant *c, const struct step *s)
{
	return (struct slot_state){s->users, s->pending, c->view->state.waited_s, s->gpu_free_s};
}

// Plans those of the step with this verdict: adds their cost, moves the GPU's free time. 0 or a negative
// errno.
static int plan_part(struct clairvoyant *c, struct step *s, enum slot_verdict which, struct option *o)
{
	const struct slot_state state = state_of(c, s);
	struct snapshot snapshot = *c->view->problem;
	if (slot_snapshot(c->slots, &state, s->verdict, which, &o->choice, &snapshot, c->chosen, c->who) == 0)
		return 0;
	int r = policy_plan(which == SLOT_CALL ? c->caller : c->local, &snapshot, c->plan, c->err);
	if (r < 0)
		return r;
	o->cost_j += c->plan->energy_j;
	for (int i = 0; i < c->plan->n_users; i++)
		o->cost_j += c->plan->users[i].feasible ? 0 : MISS_J;
	if (c->plan->n_batches > 0)
		o->gpu_free_s = c->plan->gpu_end_s;
	return 0;
}

// The boundary after `from`, when those with a verdict have gone: time goes on, known tasks arise.
static void advance(const struct clairvoyant *c, const struct step *from, struct step *to, int boundary)
{
	double slot_s = c->slots->slot_s;
	for (int i = 0; i < c->slots->n_users; i++) {
		to->users[i] = from->users[i];
		to->users[i].deadline_s -= slot_s;
		to->pending[i] = from->pending[i] && from->verdict[i] == SLOT_WAIT;
	}
	to->gpu_free_s = fmax(from->gpu_free_s - slot_s, 0);
	for (int k = 0; k < c->view->n_future; k++) {
		const struct decider_future *f = &c->view->future[k];
		double late_s = boundary * slot_s - f->after_s;
		if (late_s < 0 || late_s >= slot_s)
			continue;
		// What cannot wait for a boundary runs locally when it comes: nobody's choice.
		if (slot_cannot_wait(c->slots, &f->task, f->user, late_s))
			continue;
		to->users[f->user] = f->task;
		to->users[f->user].deadline_s -= late_s;
		to->pending[f->user] = true;
	}
}

static bool more_to_come(const struct clairvoyant *c, int boundary)
{
	double now_s = boundary * c->slots->slot_s, end_s = (c->horizon - 1) * c->slots->slot_s;
	for (int k = 0; k < c->view->n_future; k++)
		if (c->view->future[k].after_s > now_s && c->view->future[k].after_s <= end_s)
			return true;
	return false;
}

static int search(struct clairvoyant *c, int boundary, double cost_j);

static void dispatch(struct clairvoyant *c, struct step *s, const struct slot_choice *choice)
{
	const struct slot_state state = state_of(c, s);
	slot_dispatch(c->slots, &state, choice, s->verdict);
}

// What o->choice would cost at this boundary.
static int weigh(struct clairvoyant *c, struct step *s, struct option *o)
{
	dispatch(c, s, &o->choice);
	o->cost_j = 0;
	o->gpu_free_s = s->gpu_free_s;
	int r = plan_part(c, s, SLOT_LOCAL, o);
	return r < 0 ? r : plan_part(c, s, SLOT_CALL, o);
}

// Goes on after a choice, when all before it costs cost_j.
static int follow(struct clairvoyant *c, int boundary, const struct option *o, double cost_j)
{
	struct step *s = &c->steps[boundary];
	if (boundary == 0)
		c->first = o->choice;
	cost_j += o->cost_j;
	if (cost_j >= c->best_j)
		return 0;
	if (boundary + 1 == c->horizon) {
		c->best_j = cost_j;
		c->best_first = c->first;
		return 0;
	}
	const double gpu_free_s = s->gpu_free_s;
	dispatch(c, s, &o->choice);
	s->gpu_free_s = o->gpu_free_s;
	advance(c, s, &c->steps[boundary + 1], boundary + 1);
	s->gpu_free_s = gpu_free_s;
	return search(c, boundary + 1, cost_j);
}

static bool no_better(const struct option *o, const struct option *other)
{
	return o->cost_j >= other->cost_j && o->gpu_free_s >= other->gpu_free_s;
}

// Adds o to those none of which is as good as another in both. Returns how many they are.
static int keep(struct option kept[], int n, const struct option *o)
{
	int left = 0;
	for (int i = 0; i < n; i++)
		if (no_better(o, &kept[i]))
			return n;
	for (int i = 0; i < n; i++)
		if (!no_better(&kept[i], o))
			kept[left++] = kept[i];
	kept[left] = *o;
	return left + 1;
}

// The choices that send what is pending and may be part of the best: in options[MOST_OPTIONS], the number is
// returned.
static int list_options(struct clairvoyant *c, struct step *s, struct option options[])
{
	struct option o = {.choice.verdict = SLOT_LOCAL};
	int r = weigh(c, s, &o), n = keep(options, 0, &o);
	for (int k = 0; r == 0 && k <= THRESHOLDS; k++) {
		o.choice = (struct slot_choice){SLOT_CALL, k * c->slots->deadline_scale_s / (THRESHOLDS + 1)};
		r = weigh(c, s, &o);
		n = keep(options, n, &o);
	}
	return r < 0 ? r : n;
}

static int follow_waiting(struct clairvoyant *c, int boundary, double cost_j)
{
	struct option wait = {.choice.verdict = SLOT_WAIT};
	int r = weigh(c, &c->steps[boundary], &wait);
	return r < 0 ? r : follow(c, boundary, &wait, cost_j);
}

static int search(struct clairvoyant *c, int boundary, double cost_j)
{
	struct step *s = &c->steps[boundary];
	struct option options[MOST_OPTIONS];
	bool any = false, last = boundary + 1 == c->horizon;
	for (int i = 0; i < c->slots->n_users; i++)
		any = any || s->pending[i];
	if (!any)
		return follow_waiting(c, boundary, cost_j);
	int n = list_options(c, s, options), r = n < 0 ? n : 0;
	for (int i = 0; r == 0 && i < n; i++)
		r = follow(c, boundary, &options[i], cost_j);
	return r < 0 || last || !more_to_come(c, boundary) ? r : follow_waiting(c, boundary, cost_j);
}

int clairvoyant_decide(struct decider *d, const struct decider_view *view, const float obs[],
		       struct decision *out, struct err *err)
{
	(void)obs;
	struct clairvoyant *c = d->clairvoyant;
	struct step *s = &c->steps[0];
	c->view = view;
	c->err = err;
	c->best_j = INFINITY;
	c->best_first = (struct slot_choice){.verdict = SLOT_CALL};
	for (int i = 0; i < c->slots->n_users; i++) {
		s->users[i] = view->state.users[i];
		s->pending[i] = view->state.pending[i];
	}
	s->gpu_free_s = view->state.gpu_free_s;
	int r = make_plan_room(c);
	r = r < 0 ? r : search(c, 0, 0);
	*out = (struct decision){.choice = c->best_first};
	return r < 0 ? r : 0;
}
