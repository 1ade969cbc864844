// SPDX-License-Identifier: BSD-3-Clause
// IP-SSA: every user partitions alone, equal sub-tasks share a batch (group.h, block.h). All users are one
// group; with different deadlines the tightest holds for the edge's work, while users who stay local keep
// their own.
#include <math.h>
#include "edge/policy/builtin.h"
#include "edge/policy/group.h"
#include "edge/policy/write.h"

static int plan_one_group(const struct snapshot *snapshot, const struct group_rules *rules, struct plan *plan,
			  struct err *err)
{
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	if (rules->raw_only)
		problem_find_hopeless(&problem, 0, 1);
	for (int m = 0; m < snapshot->n_users; m++)
		problem.everyone[m] = m;
	struct group group = {problem.everyone, snapshot->n_users, snapshot->gpu_free_s, INFINITY};
	group_solve(&problem, &group, rules);
	group_write(plan, &problem, &group, 0, 1);
	write_totals(plan, snapshot);
	problem_close(&problem);
	return 0;
}

int plan_ip_ssa(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	return plan_one_group(snapshot, &(struct group_rules){0}, plan, err);
}

int plan_ip_ssa_keep_best(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	return plan_one_group(snapshot, &(struct group_rules){.keep_best = true}, plan, err);
}

int plan_ip_ssa_tighten(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	return plan_one_group(snapshot, &(struct group_rules){.tighten = true}, plan, err);
}

int plan_ip_ssa_np(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	return plan_one_group(snapshot, &(struct group_rules){.raw_only = true}, plan, err);
}
