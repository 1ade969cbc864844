// SPDX-License-Identifier: BSD-3-Clause
// IP-SSA: every user partitions alone, equal sub-tasks share a batch (group.h, block.h). All users are one
// group, in one gap of the GPU; with different deadlines the tightest holds for the edge's work, while users
// who stay local keep their own.
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
	struct group group;
	group_of_everyone(&problem, rules, &group);
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
