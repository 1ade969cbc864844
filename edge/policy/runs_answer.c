// SPDX-License-Identifier: BSD-3-Clause
// The answer, told backwards: which group came before, and who is in it.
#include "edge/policy/group.h"
#include "edge/policy/runs_private.h"
#include "edge/policy/write.h"

// How a group came about.
struct visit {
	int group; // as a source; NOBODY = no more groups
	struct step step;
	bool ends; // users of its deadline are local behind it
};

// Everybody between the source's deadline and the one in hand is in the source's group.
static void join_between(const struct runs *r, int source, int at)
{
	for (int d = runs_deadline_of(r, source) + 1; d < at; d++)
		for (int u = 0; u < r->deadlines[d].n; u++)
			r->group[r->deadlines[d].first + u] = source;
}

static struct visit visit_idle(const struct runs *r, int source)
{
	return (struct visit){source, r->idle[source].step, true};
}

static struct visit visit_closed(const struct runs *r, int source, int deadline)
{
	join_between(r, source, deadline);
	return (struct visit){source, runs_closed_at(r, source, deadline)->step, false};
}

static struct visit last_visit(const struct runs *r)
{
	struct cost best;
	bool joined;
	int source = runs_last_source(r, &best, &joined);
	if (joined)
		return visit_closed(r, source, r->n_deadlines);
	return source == NOBODY ? (struct visit){.group = NOBODY} : visit_idle(r, source);
}

// Repeats the decision of a visit. waiting[source] takes the value it had then, by the same additions.
static struct division repeat(struct runs *r, const struct visit *visit, int *q)
{
	int source = visit->step.source;
	runs_start_guess(r, visit->group, visit->step.b);
	*q = first_cut_after(r->net, r->start_s, runs_release_after(r, visit->group, source));
	r->waiting[source] = r->idle[source].cost;
	for (int d = source == NOBODY ? 0 : runs_deadline_of(r, source) + 1; d < r->at; d++)
		r->waiting[source] = cost_add(r->waiting[source], r->deadlines[d].local);
	if (visit->ends)
		return runs_end_group(r, source, *q);
	runs_open_group(r, source, *q);
	return r->best[visit->step.n];
}

// Returns the visit before.
static struct visit trace(struct runs *r, const struct visit *visit)
{
	int q, source = visit->step.source, at = runs_deadline_of(r, visit->group);
	int first = r->deadlines[at].first;
	struct division division = repeat(r, visit, &q);
	struct tie tie = runs_tie_in_hand(r, q);
	divide_places(&tie, &division, r->place);
	for (int u = 0; u < tie.n; u++)
		if (r->place[u] != STAY_LOCAL)
			r->group[first + u] = r->place[u] == JOIN_OWN ? visit->group : source;
	bool joined = division.way == ALL_OWN;
	if (division.way == LOCAL_BEHIND)
		runs_ahead(r, source, r->at, &joined);
	if (division.approach) {
		const struct ahead *from = &division.approach->ahead[division.room];
		join_between(r, source, at);
		return (struct visit){source, {from->source, division.approach->b, from->n}, false};
	}
	if (joined)
		return visit_closed(r, source, at);
	return source == NOBODY ? (struct visit){.group = NOBODY} : visit_idle(r, source);
}

// Writes a group, if anybody is in it. Returns how many groups that were.
static int write_run(const struct runs *r, struct plan *plan, int group, int index)
{
	int *users = r->problem->everyone, n = 0;
	for (int u = 0; u < r->n; u++)
		if (r->group[u] == group)
			users[n++] = r->order[u];
	if (n == 0)
		return 0;
	struct group run = {users, n, runs_release_after(r, group, r->released_by[group]),
			    runs_end_of(r, group), runs_gap_of(r, group)->hopeless};
	group_solve(r->problem, &run, &(struct group_rules){0});
	group_write(plan, r->problem, &run, index, 1);
	return 1;
}

void runs_write(struct runs *r, struct plan *plan)
{
	for (int u = 0; u < r->n; u++)
		r->group[u] = NOBODY;
	for (struct visit visit = last_visit(r); visit.group != NOBODY;) {
		r->released_by[visit.group] = visit.step.source;
		visit = trace(r, &visit);
	}
	for (int m = 0; m < r->problem->snapshot->n_jobs; m++)
		if (r->problem->hopeless[m])
			write_local(plan, r->problem, m);
	for (int u = 0; u < r->n; u++)
		if (r->group[u] == NOBODY)
			write_local(plan, r->problem, r->order[u]);
	for (int group = 1, index = 0; group <= r->n_groups; group++)
		index += write_run(r, plan, group, index);
}
