// SPDX-License-Identifier: BSD-3-Clause
// IP-SSA: every user partitions alone, equal sub-tasks share a batch (group.h, block.h). All users are one
// group, in one gap of the GPU; with different deadlines the tightest holds for the edge's work, while users
// who stay local keep their own.
#include <math.h>
#include "edge/policy/builtin.h"
#include "edge/policy/group.h"
#include "edge/policy/write.h"

static struct group in_gap(const struct problem *problem, const struct gap *gap)
{
	return (struct group){problem->everyone, problem->snapshot->n_jobs, gap->start_s, gap->end_s,
			      gap->hopeless};
}

// Everybody in the gap where they cost least; of equal ones the latest.
static struct group best_gap(struct problem *problem, const struct group_rules *rules)
{
	int last = problem->n_gaps - 1;
	struct group best = in_gap(problem, &problem->gaps[last]);
	if (last == 0)
		return best;
	struct cost least = group_solve(problem, &best, rules);
	for (int g = last - 1; g >= 0; g--) {
		struct group group = in_gap(problem, &problem->gaps[g]);
		struct cost cost = group_solve(problem, &group, rules);
		if (cost_less(cost, least)) {
			least = cost;
			best = group;
		}
	}
	return best;
}

static int plan_one_group(const struct snapshot *snapshot, const struct group_rules *rules, struct plan *plan,
			  struct err *err)
{
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	if (rules->raw_only)
		problem_find_hopeless(&problem, 0, 1);
	for (int m = 0; m < snapshot->n_jobs; m++)
		problem.everyone[m] = m;
	struct group group = best_gap(&problem, rules);
	group_solve(&problem, &group, rules);
	group_write(plan, &problem, &group, 0, 1);
	problem_close(&problem);
	return 0;
}

const struct policy_parameter ip_ssa_parameters[] = {
    [IP_SSA_KEEP_BEST] = {"keep-best", "switch", 0, 0, 1,
			  "also try smaller batches with those who gain most"},
    [IP_SSA_TIGHTEN] = {"tighten", "switch", 0, 0, 1, "then start batches as late as their true sizes allow"},
    {0},
};

int plan_ip_ssa(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		struct err *err)
{
	const struct group_rules rules = {.keep_best = self->value[IP_SSA_KEEP_BEST] != 0,
					  .tighten = self->value[IP_SSA_TIGHTEN] != 0};
	return plan_one_group(snapshot, &rules, plan, err);
}

int plan_ip_ssa_np(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		   struct err *err)
{
	(void)self;
	return plan_one_group(snapshot, &(struct group_rules){.raw_only = true}, plan, err);
}
