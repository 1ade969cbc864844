// SPDX-License-Identifier: BSD-3-Clause
// OG, optimal grouping: groups of users with neighbouring deadlines, each planned by IP-SSA. With one
// network: runs.h. With several, groups are runs of one order of the users (grouping.h), O(M^4 N log M); of a
// group with one deadline any users may stay local behind it, so it may also keep the best of each guess
// only.
#include "edge/policy/builtin.h"
#include "edge/policy/grouping.h"
#include "edge/policy/runs.h"
#include "edge/policy/write.h"

static bool has_one_deadline(const struct problem *problem, const int users[], int n)
{
	return problem->end_s[users[0]] == problem->end_s[users[n - 1]];
}

// Leaves the better solution in the problem.
static struct cost solve(struct problem *problem, const struct group *group)
{
	struct cost all = group_solve(problem, group, &(struct group_rules){0});
	if (!has_one_deadline(problem, group->jobs, group->n_jobs))
		return all;
	struct cost best = group_solve(problem, group, &(struct group_rules){.keep_best = true});
	return cost_less(best, all) ? best : group_solve(problem, group, &(struct group_rules){0});
}

static int evaluate(const struct grouping *grouping, int first, const struct group *all,
		    const double release_s[], int n_releases, struct cost cost[], const void *options)
{
	(void)options;
	for (int j = first; j < grouping->n; j++)
		for (int r = 0; r < n_releases; r++) {
			struct group group = *all;
			group.n_jobs = j - first + 1;
			group.release_s = release_s[r];
			cost[(ptrdiff_t)(j - first) * n_releases + r] = solve(grouping->problem, &group);
		}
	return 0;
}

static void write_group(struct plan *plan, struct problem *problem, const struct group *group, int index,
			const void *options)
{
	(void)options;
	solve(problem, group);
	group_write(plan, problem, group, index, 1);
}

// Whether a network has more users that something can serve than fit into a batch.
static bool overflows(const struct problem *problem)
{
	const struct snapshot *snapshot = problem->snapshot;
	for (int i = 0; i < snapshot->n_networks; i++) {
		int n = 0;
		for (int m = 0; m < snapshot->n_jobs; m++)
			n += snapshot->jobs[m].network == i && !problem->hopeless[m];
		if (n > snapshot->networks[i].max_batch)
			return true;
	}
	return false;
}

// Of a plan that groups have written.
static struct cost cost_of(const struct problem *problem, const struct plan *plan)
{
	struct cost cost = {0};
	for (int m = 0; m < plan->n_jobs; m++)
		cost = cost_add(cost,
				plan->jobs[m].group < 0 ? problem->local[m].cost : problem->choice[m].cost);
	return cost;
}

// A group of which more would offload than a batch holds is none. One of everybody, those offloading who gain
// most, may be better then.
static void try_everyone(struct problem *problem, struct plan *plan)
{
	struct group group;
	struct cost grouped = cost_of(problem, plan);
	if (!cost_less(group_of_everyone(problem, &(struct group_rules){0}, &group), grouped))
		return;
	plan->n_batches = plan->n_members = 0;
	group_write(plan, problem, &group, 0, 1);
}

const struct policy_parameter og_parameters[] = {
    [OG_GAPS] = {"gaps", "", PROBLEM_MOST_GAPS, 1, 64,
		 "gaps of the busy GPU that are tried for each deadline"},
    {0},
};

int plan_og(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	static const struct group_method method = {evaluate, write_group, NULL};
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	problem.most_gaps = (int)self->value[OG_GAPS];
	rc = snapshot->n_networks == 1 ? runs_plan(&problem, plan, err)
				       : grouping_plan(&problem, &method, plan, err);
	if (rc == 0 && overflows(&problem))
		try_everyone(&problem, plan);
	problem_close(&problem);
	return rc;
}
