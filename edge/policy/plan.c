// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include "edge/policy/policy.h"

struct plan *plan_new(int max_users, int max_subtasks)
{
	if (max_users < 0 || max_subtasks < 0 || (max_users > 0 && max_subtasks > INT_MAX / max_users)) {
		errno = EINVAL;
		return NULL;
	}
	// At worst nobody shares a batch: one batch and one membership for every sub-task of every user.
	int most = max_users * max_subtasks;
	struct plan *plan = calloc(1, sizeof(*plan));
	if (!plan)
		return NULL;
	plan->capacity_jobs = max_users;
	plan->capacity_batches = plan->capacity_members = most;
	plan->jobs = calloc((size_t)max_users + 1, sizeof(*plan->jobs));
	plan->batches = calloc((size_t)most + 1, sizeof(*plan->batches));
	plan->members = calloc((size_t)most + 1, sizeof(*plan->members));
	if (plan->jobs && plan->batches && plan->members)
		return plan;
	plan_free(plan);
	errno = ENOMEM;
	return NULL;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->jobs);
	free(plan->batches);
	free(plan->members);
	free(plan);
}
