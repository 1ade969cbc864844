// SPDX-License-Identifier: BSD-3-Clause
// clairvoyant: looks ahead on the known tasks: the pending ones, and the next one of every other user. Over
// the boundaries within the horizon every sequence of wait, local and call (og, with each threshold of a
// grid, or none) is tried; the first step of the cheapest is taken, and at the next boundary all is thought
// over again. At the horizon's end nothing waits any more. With one task a user and a horizon beyond the last
// of them nothing in slots and on the grid is cheaper. In a longer run it is no bound: it does not see what
// users do after the tasks it knows. env_log.bound_j is one.
//
// Depth first, a branch ends when it and the least that is still to come cost more than the best so far. Left
// out is what cannot be better: choices that cost no less and leave the edge no earlier than another of the
// same boundary, and waiting when nothing more is known to come.
#include "edge/online/clairvoyant.h"

#include <math.h>

// Above any energy: a miss is worse than whatever it saves.
#define MISS_J 1e6

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
	for (int i = 0; i < c->plan->n_jobs; i++)
		o->cost_j += c->plan->jobs[i].feasible ? 0 : MISS_J;
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
	for (int i = 0; i < c->slots->n_users; i++)
		if (c->known[i].when == boundary) {
			to->users[i] = c->known[i].task;
			to->pending[i] = true;
		}
}

static bool more_to_come(const struct clairvoyant *c, int boundary)
{
	for (int i = 0; i < c->slots->n_users; i++)
		if (c->known[i].when > boundary)
			return true;
	return false;
}

// What the tasks that have not gone at this boundary will cost at least.
static double least_to_come_j(const struct clairvoyant *c, int boundary)
{
	const struct step *s = &c->steps[boundary];
	double sum_j = 0;
	for (int i = 0; i < c->slots->n_users; i++)
		if (c->known[i].when > boundary || (s->pending[i] && s->verdict[i] == SLOT_WAIT))
			sum_j += c->known[i].least_j;
	return sum_j;
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
	dispatch(c, s, &o->choice);
	if (cost_j + least_to_come_j(c, boundary) >= c->best_j)
		return 0;
	if (boundary + 1 == c->horizon) {
		c->best_j = cost_j;
		c->best_first = c->first;
		return 0;
	}
	const double gpu_free_s = s->gpu_free_s;
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

static bool any_pending(const struct clairvoyant *c, const bool pending[])
{
	for (int i = 0; i < c->slots->n_users; i++)
		if (pending[i])
			return true;
	return false;
}

static int search(struct clairvoyant *c, int boundary, double cost_j)
{
	struct step *s = &c->steps[boundary];
	struct option options[MOST_OPTIONS];
	bool last = boundary + 1 == c->horizon;
	if (!any_pending(c, s->pending))
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
	*out = (struct decision){.choice = {.verdict = SLOT_WAIT}};
	if (!any_pending(c, view->state.pending))
		return 0; // every choice has the same effect
	c->view = view;
	c->err = err;
	c->best_j = INFINITY;
	c->best_first = (struct slot_choice){.verdict = SLOT_CALL};
	int r = clairvoyant_see(c);
	r = r < 0 ? r : search(c, 0, 0);
	*out = (struct decision){.choice = c->best_first};
	return r < 0 ? r : 0;
}
