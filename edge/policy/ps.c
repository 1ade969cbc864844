// SPDX-License-Identifier: BSD-3-Clause
// PS, processor sharing: no batching, the GPU is divided equally among the M users of the snapshot for as
// long as the plan lasts, so every sub-task takes M F_n(1). Each user optimises alone against its own
// deadline. The plan says so with gpu_shares = M: its batches, of one user each, may overlap up to M deep.
#include "edge/policy/builtin.h"
#include "edge/policy/write.h"

static void serve(struct plan *plan, const struct problem *problem, int m)
{
	const struct snapshot_network *net = problem_network(problem, m);
	double start_s[POLICY_MAX_SUBTASKS];
	starts_before(net, 1, plan->gpu_shares, problem->end_s[m], start_s);
	int first = first_cut_after(net, start_s, problem->snapshot->gpu_free_s);
	struct choice choice = choose_best(problem, m, start_s, first, net->n_subtasks - 1);
	if (choice.cut == net->n_subtasks)
		write_local(plan, problem, m);
	else
		write_single_run(plan, problem, m, &choice, m, start_s[choice.cut]);
}

int plan_ps(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	plan->gpu_shares = snapshot->n_users > 0 ? snapshot->n_users : 1;
	for (int m = 0; m < snapshot->n_users; m++)
		serve(plan, &problem, m);
	write_totals(plan, snapshot);
	problem_close(&problem);
	return 0;
}
