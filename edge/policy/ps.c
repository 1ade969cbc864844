// SPDX-License-Identifier: BSD-3-Clause
// PS, processor sharing: no batching, the GPU is divided equally among the M users of the snapshot for as
// long as the plan lasts, so every sub-task takes M F_n(1). Each user optimises alone against its own
// deadline. The plan says so with gpu_shares = M: its batches, of one user each, may overlap up to M deep.
#include "edge/policy/builtin.h"
#include "edge/policy/queue.h"
#include "edge/policy/write.h"

static void serve(struct plan *plan, const struct problem *problem, int m)
{
	const struct snapshot_network *net = problem_network(problem, m);
	struct run run = queue_best_run(problem, m, plan->gpu_shares, 0);
	if (run.choice.cut == net->n_subtasks)
		write_local(plan, problem, m);
	else
		write_single_run(plan, problem, m, &run.choice, m, run.latest_s);
}

int plan_ps(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	(void)self;
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	plan->gpu_shares = snapshot->n_jobs > 0 ? snapshot->n_jobs : 1;
	for (int m = 0; m < snapshot->n_jobs; m++)
		serve(plan, &problem, m);
	problem_close(&problem);
	return 0;
}
