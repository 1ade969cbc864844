// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/grouping.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/order.h"
#include "edge/policy/write.h"

enum { LOCAL_BEFORE = -1 };

struct table {
	struct grouping grouping;
	int gaps;	    // tried for each i: row i * gaps + k is of the last but k before D_i
	struct cost *state; // [n * gaps][n] S(i,j)
	int *previous;	    // [n * gaps][n] the row it came from, or LOCAL_BEFORE
	struct cost *head;  // [n + 1] loc
	// The releases that reach the group of the row in hand.
	int n_releases;
	double *release_s; // [n * gaps + 1]
	int *from;	   // [n * gaps + 1] row or LOCAL_BEFORE
	struct cost *cost; // [n * (n * gaps + 1)] E, as the method fills it
	void *storage;
};

static int open_table(struct table *table, struct problem *problem, struct err *err)
{
	size_t n = (size_t)problem->snapshot->n_jobs;
	*table = (struct table){.grouping = {.problem = problem, .order = problem->everyone},
				.gaps = problem_tried_gaps(problem)};
	size_t rows = n * (size_t)table->gaps;
	size_t costs = rows * n + (n + 1) + n * (rows + 1);
	table->storage = malloc(costs * sizeof(struct cost) + (rows + 1) * sizeof(double) +
				(rows * n + rows + 1) * sizeof(int));
	if (!table->storage) {
		err_set(err, ENOMEM, "no memory to group %zu users", n);
		return -ENOMEM;
	}
	table->state = table->storage;
	table->head = table->state + rows * n;
	table->cost = table->head + n + 1;
	table->release_s = (double *)(table->cost + n * (rows + 1));
	table->previous = (int *)(void *)(table->release_s + rows + 1);
	table->from = table->previous + rows * n;
	table->grouping.n = order_by_deadline(problem, problem->everyone);
	table->head[0] = (struct cost){0};
	for (int i = 0; i < table->grouping.n; i++)
		table->head[i + 1] = cost_add(table->head[i], problem->local[problem->everyone[i]].cost);
	return 0;
}

// The gap of a row; NULL when its deadline has none.
static const struct gap *gap_of(const struct table *table, int row)
{
	const struct problem *problem = table->grouping.problem;
	double end_s = problem->end_s[table->grouping.order[row / table->gaps]];
	int last = problem_gaps_before(problem, end_s) - 1, k = row % table->gaps;
	return k <= last ? &problem->gaps[last - k] : NULL;
}

// When the edge work of a row's group must have ended.
static double end_of(const struct table *table, int row)
{
	double end_s = table->grouping.problem->end_s[table->grouping.order[row / table->gaps]];
	return fmin(end_s, gap_of(table, row)->end_s);
}

// What the users before i cost when the GPU passes to a group at i from the row `from`.
static struct cost cost_before(const struct table *table, int i, int from)
{
	return from == LOCAL_BEFORE ? table->head[i]
				    : table->state[(ptrdiff_t)from * table->grouping.n + i - 1];
}

static double release_after(const struct table *table, int row, int from)
{
	double start_s = gap_of(table, row)->start_s;
	return from == LOCAL_BEFORE ? start_s : fmax(start_s, end_of(table, from));
}

// Keeps releases in ascending order.
static void add_release(struct table *table, double release_s, int from)
{
	int r = table->n_releases++;
	for (; r > 0 && table->release_s[r - 1] > release_s; r--) {
		table->release_s[r] = table->release_s[r - 1];
		table->from[r] = table->from[r - 1];
	}
	table->release_s[r] = release_s;
	table->from[r] = from;
}

// The Pareto-optimal predecessors of a row: a later release only where everything before is cheaper.
static void collect_releases(struct table *table, int row)
{
	int i = row / table->gaps, n = 0;
	struct cost best = {INT_MAX, 0};
	table->n_releases = 0;
	if (!gap_of(table, row))
		return;
	double end_s = end_of(table, row);
	for (int from = LOCAL_BEFORE; from < i * table->gaps; from++) {
		if (from != LOCAL_BEFORE && !gap_of(table, from))
			continue;
		double release_s = release_after(table, row, from);
		if (release_s <= end_s)
			add_release(table, release_s, from);
	}
	for (int r = 0; r < table->n_releases; r++) {
		struct cost before = cost_before(table, i, table->from[r]);
		if (!cost_less(before, best))
			continue;
		best = before;
		table->release_s[n] = table->release_s[r];
		table->from[n++] = table->from[r];
	}
	table->n_releases = n;
}

static void fill_row(struct table *table, int row)
{
	int n = table->grouping.n, i = row / table->gaps;
	for (int j = i; j < n; j++) {
		struct cost *best = &table->state[(ptrdiff_t)row * n + j];
		*best = (struct cost){INT_MAX / 2, 0}; // no GPU time left: such a group is never used
		for (int r = 0; r < table->n_releases; r++) {
			struct cost cost = cost_add(cost_before(table, i, table->from[r]),
						    table->cost[(ptrdiff_t)(j - i) * table->n_releases + r]);
			if (cost_less(cost, *best)) {
				*best = cost;
				table->previous[(ptrdiff_t)row * n + j] = table->from[r];
			}
		}
	}
}

// The row of the last group; LOCAL_BEFORE when everyone stays local.
static int last_group(const struct table *table)
{
	int n = table->grouping.n, found = LOCAL_BEFORE;
	struct cost best = table->head[n];
	for (int row = 0; row < n * table->gaps; row++)
		if (cost_less(table->state[(ptrdiff_t)row * n + n - 1], best)) {
			best = table->state[(ptrdiff_t)row * n + n - 1];
			found = row;
		}
	return found;
}

// The group of a row when it is the users i..next - 1 and follows the row `from`.
static struct group group_of(const struct table *table, int row, int from, int next)
{
	int i = row / table->gaps;
	return (struct group){table->grouping.order + i, next - i, release_after(table, row, from),
			      end_of(table, row), gap_of(table, row)->hopeless};
}

// Writes groups from the last back to the first; from[] is reused as the stack of their rows.
static void write_groups(struct table *table, const struct group_method *method, struct plan *plan)
{
	const struct grouping *grouping = &table->grouping;
	int n = grouping->n, depth = 0, *rows = table->from;
	for (int row = last_group(table), j = n - 1; row != LOCAL_BEFORE;) {
		rows[depth++] = row;
		int previous = table->previous[(ptrdiff_t)row * n + j];
		j = row / table->gaps - 1;
		row = previous;
	}
	for (int m = 0; m < grouping->problem->snapshot->n_jobs; m++)
		if (grouping->problem->hopeless[m])
			write_local(plan, grouping->problem, m);
	int begin = depth > 0 ? rows[depth - 1] / table->gaps : n;
	for (int i = 0; i < begin; i++)
		write_local(plan, grouping->problem, grouping->order[i]);
	for (int g = depth - 1, index = 0; g >= 0; g--, index++) {
		int next = g > 0 ? rows[g - 1] / table->gaps : n;
		int from = g < depth - 1 ? rows[g + 1] : LOCAL_BEFORE;
		struct group group = group_of(table, rows[g], from, next);
		method->write(plan, grouping->problem, &group, index, method->options);
	}
}

static int evaluate_row(struct table *table, const struct group_method *method, int row)
{
	const struct group group = group_of(table, row, LOCAL_BEFORE, table->grouping.n);
	return method->evaluate(&table->grouping, row / table->gaps, &group, table->release_s,
				table->n_releases, table->cost, method->options);
}

int grouping_plan(struct problem *problem, const struct group_method *method, struct plan *plan,
		  struct err *err)
{
	struct table table;
	int rc = open_table(&table, problem, err);
	if (rc < 0)
		return rc;
	for (int row = 0; row < table.grouping.n * table.gaps && rc == 0; row++) {
		collect_releases(&table, row);
		if (table.n_releases > 0)
			rc = evaluate_row(&table, method, row);
		fill_row(&table, row);
	}
	if (rc == 0)
		write_groups(&table, method, plan);
	else
		err_set(err, -rc, "no memory to group %d users", table.grouping.n);
	free(table.storage);
	return rc;
}
