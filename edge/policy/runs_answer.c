// SPDX-License-Identifier: BSD-3-Clause
// The answer, told backwards: which group came before, and who is in it.
#include "edge/policy/group.h"
#include "edge/policy/runs_inside.h"
#include "edge/policy/write.h"

// How the group that begins at deadline `at` came about.
struct visit {
	int at;
	struct step step;
	bool ends; // users of its deadline are local behind it
};

// Everybody between the source's deadline and the one in hand is in the source's group.
static void join_between(const struct runs *r, int source, int at)
{
	for (int d = source; d < at; d++)
		for (int u = 0; u < r->deadlines[d].n; u++)
			r->group[r->deadlines[d].first + u] = source - 1;
}

static struct visit visit_idle(const struct runs *r, int source)
{
	return (struct visit){source - 1, r->idle[source].step, true};
}

static struct visit visit_closed(const struct runs *r, int source, int deadline)
{
	join_between(r, source, deadline);
	return (struct visit){source - 1, runs_closed_at(r, source, deadline)->step, false};
}

static struct visit last_visit(const struct runs *r)
{
	struct cost best;
	bool joined;
	int source = runs_last_source(r, &best, &joined);
	if (joined)
		return visit_closed(r, source, r->n_deadlines);
	return source == NOBODY ? (struct visit){.at = -1} : visit_idle(r, source);
}

// Repeats the decision of a visit. waiting[source] takes the value it had then, by the same additions.
static struct division repeat(struct runs *r, const struct visit *visit, int *q)
{
	int source = visit->step.source;
	runs_start_guess(r, visit->at, visit->step.b);
	*q = first_cut_after(r->net, r->start_s, runs_release_after(r, source));
	r->waiting[source] = r->idle[source].cost;
	for (int d = source; d < visit->at; d++)
		r->waiting[source] = cost_add(r->waiting[source], r->deadlines[d].local);
	if (visit->ends)
		return runs_end_group(r, source, *q);
	runs_open_group(r, source, *q);
	return r->best[visit->step.n];
}

// Returns the visit before; at = -1 when nobody had the GPU.
static struct visit trace(struct runs *r, const struct visit *visit)
{
	int q, source = visit->step.source, first = r->deadlines[visit->at].first;
	struct division division = repeat(r, visit, &q);
	struct tie tie = runs_tie_in_hand(r, q);
	divide_places(&tie, &division, r->place);
	for (int u = 0; u < tie.n; u++)
		if (r->place[u] != STAY_LOCAL)
			r->group[first + u] = r->place[u] == JOIN_OWN ? visit->at : source - 1;
	bool joined = division.way == ALL_OWN;
	if (division.way == LOCAL_BEHIND)
		runs_ahead(r, source, r->at, &joined);
	if (division.approach) {
		const struct ahead *from = &division.approach->ahead[division.room];
		join_between(r, source, visit->at);
		return (struct visit){source - 1, {from->source, division.approach->b, from->n}, false};
	}
	if (joined)
		return visit_closed(r, source, visit->at);
	return source == NOBODY ? (struct visit){.at = -1} : visit_idle(r, source);
}

// Writes the group that began at deadline `at`, if anybody is in it. Returns how many groups that were.
static int write_run(const struct runs *r, struct plan *plan, int at, int index)
{
	int *users = r->problem->everyone, n = 0;
	for (int u = 0; u < r->n; u++)
		if (r->group[u] == at)
			users[n++] = r->order[u];
	if (n == 0)
		return 0;
	struct group run = {users, n, runs_release_after(r, r->released_by[at]), r->deadlines[at].end_s};
	group_solve(r->problem, &run, &(struct group_rules){0});
	group_write(plan, r->problem, &run, index, 1);
	return 1;
}

void runs_write(struct runs *r, struct plan *plan)
{
	for (int u = 0; u < r->n; u++)
		r->group[u] = -1;
	for (struct visit visit = last_visit(r); visit.at >= 0;) {
		r->released_by[visit.at] = visit.step.source;
		visit = trace(r, &visit);
	}
	for (int m = 0; m < r->problem->snapshot->n_users; m++)
		if (r->problem->hopeless[m])
			write_local(plan, r->problem, m);
	for (int u = 0; u < r->n; u++)
		if (r->group[u] < 0)
			write_local(plan, r->problem, r->order[u]);
	for (int at = 0, index = 0; at < r->n_deadlines; at++)
		index += write_run(r, plan, at, index);
}
