// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/runs.h"

#include <errno.h>
#include <stdlib.h>
#include "edge/policy/order.h"
#include "edge/policy/runs_private.h"

static void find_divisions(struct runs *r)
{
	r->waiting[NOBODY] = r->idle[NOBODY].cost = (struct cost){0};
	for (int at = 0; at < r->n_deadlines && !r->failed; at++) {
		int first = 1 + at * r->gaps;
		for (int group = first; group < first + r->gaps; group++)
			runs_begin_group(r, group);
		for (int source = NOBODY; source < first; source++)
			r->waiting[source] = cost_add(r->waiting[source], r->deadlines[at].local);
		for (int group = first; group < first + r->gaps; group++)
			r->waiting[group] = r->idle[group].cost;
	}
}

int runs_last_source(const struct runs *r, struct cost *best, bool *joined)
{
	int last = NOBODY;
	*best = r->waiting[NOBODY];
	*joined = false;
	for (int source = 1; source <= r->n_groups; source++) {
		bool to_the_end;
		struct cost cost = runs_ahead(r, source, r->n_deadlines, &to_the_end);
		if (cost_less(cost, *best)) {
			*best = cost;
			*joined = to_the_end;
			last = source;
		}
	}
	return last;
}

// A list for each group at each deadline that it may reach.
static size_t n_lists(const struct runs *r)
{
	return ((size_t)r->n_groups + 1) * ((size_t)r->n_deadlines + 1);
}

static void free_approaches(struct runs *r)
{
	size_t lists = r->approaches ? n_lists(r) : 0;
	for (size_t i = 0; i < lists; i++)
		for (struct approach *a = r->approaches[i], *next; a; a = next) {
			next = a->next;
			free(a);
		}
	free(r->approaches);
	r->approaches = NULL;
}

// First without divisions between two groups, whose cost then bounds the search for those.
static void find_best(struct runs *r)
{
	bool joined;
	find_divisions(r);
	if (!r->approaches || r->failed)
		return;
	runs_last_source(r, &r->bound, &joined);
	r->rest[r->n_deadlines] = (struct cost){0};
	for (int d = r->n_deadlines - 1; d >= 0; d--) {
		r->rest[d] = r->rest[d + 1];
		for (int u = 0; u < r->deadlines[d].n; u++)
			r->rest[d] = cost_add(
			    r->rest[d], problem_alone(r->problem, r->order[r->deadlines[d].first + u]).cost);
	}
	r->two_groups = true;
	find_divisions(r);
	if (r->effort > RUNS_MOST_EFFORT) {
		free_approaches(r);
		r->two_groups = false;
		find_divisions(r);
	}
	r->effort = 0; // the answer repeats some of it
}

static void find_deadlines(struct runs *r)
{
	for (int u = 0; u < r->n; u++) {
		double end_s = r->problem->end_s[r->order[u]];
		r->local[u] = r->problem->local[r->order[u]].cost;
		if (u == 0 || end_s != r->deadlines[r->n_deadlines - 1].end_s)
			r->deadlines[r->n_deadlines++] = (struct deadline){
			    .first = u, .end_s = end_s, .n_gaps = problem_gaps_before(r->problem, end_s)};
		struct deadline *deadline = &r->deadlines[r->n_deadlines - 1];
		deadline->local = cost_add(deadline->local, r->local[u]);
		if (++deadline->n > r->most)
			r->most = deadline->n;
	}
}

static int open_runs(struct runs *r, struct problem *problem)
{
	size_t n = (size_t)problem->snapshot->n_jobs, columns = (size_t)r->net->n_subtasks + 1;
	r->gaps = problem_tried_gaps(problem);
	size_t groups = n * (size_t)r->gaps, states = (groups + 1) * (n + 2), sums = (n + 1) * columns,
	       seats = n * columns;
	r->storage =
	    malloc(states * sizeof(*r->closed) + sums * sizeof(*r->sums) + seats * sizeof(*r->seats) +
		   (n + 1) * (sizeof(*r->best) + sizeof(*r->deadlines) + 2 * sizeof(*r->local) +
			      2 * sizeof(int) + sizeof(*r->place)) +
		   (groups + 1) * (sizeof(*r->waiting) + sizeof(*r->release_s) + 3 * sizeof(int)) +
		   divide_scratch_bytes((int)n));
	if (!r->storage)
		return -ENOMEM;
	r->closed = r->storage;
	r->idle = r->closed + (groups + 1) * (n + 1);
	r->sums = (struct sum *)(r->closed + states);
	r->seats = (struct seat *)(r->sums + sums);
	r->best = (struct division *)(r->seats + seats);
	r->deadlines = (struct deadline *)(r->best + n + 1);
	r->local = (struct cost *)(r->deadlines + n + 1);
	r->rest = r->local + n + 1;
	r->waiting = r->rest + n + 1;
	r->release_s = (double *)(r->waiting + groups + 1);
	r->scratch = r->release_s + groups + 1;
	r->order = (int *)(void *)((char *)r->scratch + divide_scratch_bytes((int)n));
	r->group = r->order + n + 1;
	r->sources = r->group + n + 1;
	r->open = r->sources + groups + 1;
	r->released_by = r->open + groups + 1;
	r->place = (enum place *)(void *)(r->released_by + groups + 1);
	r->n = order_by_deadline(problem, r->order);
	find_deadlines(r);
	r->n_groups = r->n_deadlines * r->gaps;
	bool may_divide = r->n_deadlines > 1 && r->n_deadlines < r->n;
	if (may_divide)
		r->approaches = calloc(n_lists(r), sizeof(struct approach *));
	return may_divide && !r->approaches ? -ENOMEM : 0;
}

static void close_runs(struct runs *r)
{
	free_approaches(r);
	free(r->storage);
}

int runs_plan(struct problem *problem, struct plan *plan, struct err *err)
{
	struct runs r = {.problem = problem, .net = &problem->snapshot->networks[0]};
	int rc = open_runs(&r, problem);
	if (rc == 0) {
		find_best(&r);
		rc = r.failed;
	}
	if (rc == 0)
		runs_write(&r, plan);
	else
		err_set(err, -rc, "no memory to group %d users", problem->snapshot->n_jobs);
	close_runs(&r);
	return rc;
}
