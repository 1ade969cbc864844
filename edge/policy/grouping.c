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
	struct cost *state; // [n][n] S(i,j) at i * n + j
	int *previous;	    // [n][n] the k it came from, or LOCAL_BEFORE
	struct cost *head;  // [n + 1] loc
	// The releases that reach the group which begins at the row in hand.
	int n_releases;
	double *release_s; // [n + 1]
	int *from;	   // [n + 1] k or LOCAL_BEFORE
	struct cost *cost; // [n * (n + 1)] E, as the method fills it
	void *storage;
};

static int open_table(struct table *table, struct problem *problem, struct err *err)
{
	size_t n = (size_t)problem->snapshot->n_users;
	size_t costs = n * n + (n + 1) + n * (n + 1);
	*table = (struct table){.grouping = {.problem = problem, .order = problem->everyone}};
	table->storage =
	    malloc(costs * sizeof(struct cost) + (n + 1) * sizeof(double) + (n * n + n + 1) * sizeof(int));
	if (!table->storage) {
		err_set(err, ENOMEM, "no memory to group %zu users", n);
		return -ENOMEM;
	}
	table->state = table->storage;
	table->head = table->state + n * n;
	table->cost = table->head + n + 1;
	table->release_s = (double *)(table->cost + n * (n + 1));
	table->previous = (int *)(void *)(table->release_s + n + 1);
	table->from = table->previous + n * n;
	table->grouping.n = order_by_deadline(problem, problem->everyone);
	table->head[0] = (struct cost){0};
	for (int i = 0; i < table->grouping.n; i++)
		table->head[i + 1] = cost_add(table->head[i], problem->local[problem->everyone[i]].cost);
	return 0;
}

static double end_of(const struct table *table, int i)
{
	return table->grouping.problem->end_s[table->grouping.order[i]];
}

// What the users before i cost when the GPU passes to a group at i from `from`.
static struct cost cost_before(const struct table *table, int i, int from)
{
	return from == LOCAL_BEFORE ? table->head[i]
				    : table->state[(ptrdiff_t)from * table->grouping.n + i - 1];
}

static double release_after(const struct table *table, int from)
{
	double gpu_free_s = table->grouping.problem->snapshot->gpu_free_s;
	return from == LOCAL_BEFORE ? gpu_free_s : fmax(gpu_free_s, end_of(table, from));
}

// The Pareto-optimal predecessors of a group at i: a later release only where everything before is cheaper.
static void collect_releases(struct table *table, int i)
{
	struct cost best = {INT_MAX, 0};
	table->n_releases = 0;
	for (int from = LOCAL_BEFORE; from < i; from++) {
		struct cost before = cost_before(table, i, from);
		double release_s = release_after(table, from);
		if (release_s > end_of(table, i))
			break; // so do all that follow
		if (!cost_less(before, best))
			continue;
		best = before;
		table->release_s[table->n_releases] = release_s;
		table->from[table->n_releases++] = from;
	}
}

static void fill_row(struct table *table, int i)
{
	int n = table->grouping.n;
	for (int j = i; j < n; j++) {
		struct cost *best = &table->state[(ptrdiff_t)i * n + j];
		*best = (struct cost){INT_MAX / 2, 0}; // no GPU time left: such a group is never used
		for (int r = 0; r < table->n_releases; r++) {
			struct cost cost = cost_add(cost_before(table, i, table->from[r]),
						    table->cost[(ptrdiff_t)(j - i) * table->n_releases + r]);
			if (cost_less(cost, *best)) {
				*best = cost;
				table->previous[(ptrdiff_t)i * n + j] = table->from[r];
			}
		}
	}
}

// The first user of the last group; n when everyone stays local.
static int last_group(const struct table *table)
{
	int n = table->grouping.n, found = n;
	struct cost best = table->head[n];
	for (int i = 0; i < n; i++)
		if (cost_less(table->state[(ptrdiff_t)i * n + n - 1], best)) {
			best = table->state[(ptrdiff_t)i * n + n - 1];
			found = i;
		}
	return found;
}

// Writes groups from the last back to the first; from[] is reused as the stack of their first users.
static void write_groups(struct table *table, const struct group_method *method, struct plan *plan)
{
	const struct grouping *grouping = &table->grouping;
	int n = grouping->n, depth = 0, *first = table->from;
	for (int i = last_group(table), j = n - 1; i >= 0 && i < n;) {
		first[depth++] = i;
		int previous = table->previous[(ptrdiff_t)i * n + j];
		j = i - 1;
		i = previous;
	}
	for (int m = 0; m < grouping->problem->snapshot->n_users; m++)
		if (grouping->problem->hopeless[m])
			write_local(plan, grouping->problem, m);
	int begin = depth > 0 ? first[depth - 1] : n;
	for (int i = 0; i < begin; i++)
		write_local(plan, grouping->problem, grouping->order[i]);
	for (int g = depth - 1, index = 0; g >= 0; g--, index++) {
		int i = first[g], next = g > 0 ? first[g - 1] : n;
		int from = g < depth - 1 ? first[g + 1] : LOCAL_BEFORE;
		struct group group = {grouping->order + i, next - i, release_after(table, from),
				      end_of(table, i)};
		method->write(plan, grouping->problem, &group, index, method->options);
	}
}

int grouping_plan(struct problem *problem, const struct group_method *method, struct plan *plan,
		  struct err *err)
{
	struct table table;
	int rc = open_table(&table, problem, err);
	if (rc < 0)
		return rc;
	for (int i = 0; i < table.grouping.n && rc == 0; i++) {
		collect_releases(&table, i);
		if (table.n_releases > 0)
			rc = method->evaluate(&table.grouping, i, table.release_s, table.n_releases,
					      table.cost, method->options);
		fill_row(&table, i);
	}
	if (rc == 0)
		write_groups(&table, method, plan);
	else
		err_set(err, -rc, "no memory to group %d users", table.grouping.n);
	free(table.storage);
	return rc;
}
