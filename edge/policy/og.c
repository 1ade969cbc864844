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
	problem_close(&problem);
	return rc;
}
