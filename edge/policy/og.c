// SPDX-License-Identifier: BSD-3-Clause
// OG, optimal grouping: groups of users with neighbouring deadlines, each planned by IP-SSA (grouping.h).
//
// E(i,j; release) is IP-SSA on i..j with D = D_i. For a fixed i and guess b the start times are fixed, so
// each user's best cut depends on the release only through the first cut q it still allows: sums over users
// i..j of cost and offloaders are kept for every q. The least feasible b grows with j (more users) and falls
// with the release (fewer offloaders), so all E(i, ., .) come out of one sweep over b in which j never goes
// back: O(M^2 N) for each i, O(M^3 N) in all.
#include <errno.h>
#include <stdlib.h>
#include "edge/policy/builtin.h"
#include "edge/policy/grouping.h"
#include "edge/policy/write.h"

// Sums over the users first..j, when cuts below q are closed.
struct sum {
	struct cost cost;
	int offloaders;
};

struct sweep {
	const struct grouping *grouping;
	const struct snapshot_network *net;
	int first;
	double start_s[POLICY_MAX_SUBTASKS]; // of batches of the b in hand
	struct sum *sums;		     // [n - first][N + 1]
	int n_summed;			     // rows valid for this b
};

static struct sum *sums_of(const struct sweep *sweep, int row)
{
	return sweep->sums + (ptrdiff_t)row * (sweep->net->n_subtasks + 1);
}

// Adds the next user: its best choice for every q, from the last cut down.
static void sum_next_user(struct sweep *sweep)
{
	const struct problem *problem = sweep->grouping->problem;
	int row = sweep->n_summed++, m = sweep->grouping->order[sweep->first + row];
	int offloads = 0;
	struct sum *sums = sums_of(sweep, row);
	const struct sum *above = row > 0 ? sums_of(sweep, row - 1) : NULL;
	struct choice best = problem->local[m], at;
	for (int q = sweep->net->n_subtasks; q >= 0; q--) {
		if (q < sweep->net->n_subtasks && choose_at(problem, m, q, sweep->start_s[q], &at) &&
		    cost_less(at.cost, best.cost)) {
			best = at;
			offloads = 1;
		}
		sums[q] =
		    above ? (struct sum){cost_add(above[q].cost, best.cost), above[q].offloaders + offloads}
			  : (struct sum){best.cost, offloads};
	}
}

// Settles every (j, release) for which b is the least feasible guess; next[r] is the first j still open.
// Returns the number of releases with users left.
static int settle(struct sweep *sweep, int b, const double release_s[], int n_releases, int next[],
		  struct cost cost[])
{
	int n = sweep->grouping->n, open = 0;
	starts_before(sweep->net, b, 1, sweep->grouping->problem->end_s[sweep->grouping->order[sweep->first]],
		      sweep->start_s);
	sweep->n_summed = 0;
	for (int r = 0; r < n_releases; r++) {
		int q = first_cut_after(sweep->net, sweep->start_s, release_s[r]);
		for (; next[r] < n; next[r]++) {
			int row = next[r] - sweep->first;
			while (sweep->n_summed <= row)
				sum_next_user(sweep);
			const struct sum *sum = &sums_of(sweep, row)[q];
			if (sum->offloaders > b)
				break;
			cost[(ptrdiff_t)row * n_releases + r] = sum->cost;
		}
		open += next[r] < n;
	}
	return open;
}

static int evaluate_sweep(const struct grouping *grouping, int first, const double release_s[],
			  int n_releases, struct cost cost[])
{
	struct sweep sweep = {grouping, &grouping->problem->snapshot->networks[0], first, {0}, NULL, 0};
	size_t rows = (size_t)(grouping->n - first), columns = (size_t)sweep.net->n_subtasks + 1;
	sweep.sums = malloc(rows * columns * sizeof(*sweep.sums) + (size_t)n_releases * sizeof(int));
	if (!sweep.sums)
		return -ENOMEM;
	int *next = (int *)(void *)(sweep.sums + rows * columns);
	for (int r = 0; r < n_releases; r++)
		next[r] = first;
	for (int b = 1; settle(&sweep, b, release_s, n_releases, next, cost) > 0;)
		b++;
	free(sweep.sums);
	return 0;
}

// Several networks: IP-SSA as it stands for every group, O(M^4 N log M).
static void evaluate_directly(const struct grouping *grouping, int first, const double release_s[],
			      int n_releases, struct cost cost[])
{
	double end_s = grouping->problem->end_s[grouping->order[first]];
	for (int j = first; j < grouping->n; j++)
		for (int r = 0; r < n_releases; r++) {
			struct group group = {grouping->order + first, j - first + 1, release_s[r], end_s};
			cost[(ptrdiff_t)(j - first) * n_releases + r] =
			    group_solve(grouping->problem, &group, &(struct group_rules){0});
		}
}

static int evaluate(const struct grouping *grouping, int first, const double release_s[], int n_releases,
		    struct cost cost[], const void *options)
{
	(void)options;
	if (grouping->problem->snapshot->n_networks == 1)
		return evaluate_sweep(grouping, first, release_s, n_releases, cost);
	evaluate_directly(grouping, first, release_s, n_releases, cost);
	return 0;
}

static void write_group(struct plan *plan, struct problem *problem, const struct group *group, int index,
			const void *options)
{
	(void)options;
	group_solve(problem, group, &(struct group_rules){0});
	group_write(plan, problem, group, index, 1);
}

int plan_og(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	static const struct group_method method = {evaluate, write_group, NULL};
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	rc = grouping_plan(&problem, &method, plan, err);
	if (rc == 0)
		write_totals(plan, snapshot);
	problem_close(&problem);
	return rc;
}
