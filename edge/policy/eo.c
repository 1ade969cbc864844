// SPDX-License-Identifier: BSD-3-Clause
// EO, edge only: everyone uploads the raw input and the edge runs the tasks one after another, without
// batching. It shows what batching gives: users whose turn comes too late are still served, and reported as
// infeasible. A user without coverage has no choice but to stay local.
#include <math.h>
#include "edge/policy/builtin.h"
#include "edge/policy/queue.h"
#include "edge/policy/write.h"

static double serve(struct plan *plan, const struct problem *problem, int m, int position, double gpu_free_s)
{
	const struct snapshot_job *user = &problem->snapshot->jobs[m];
	if (user->rate_bps <= 0) {
		write_local(plan, problem, m);
		return gpu_free_s;
	}
	struct choice raw = {.cut = 0};
	double arrival_s = upload_arrives_s(problem, m, &raw) + problem->snapshot->guard_s;
	double run_s = 0;
	for (int n = 0; n < problem_network(problem, m)->n_subtasks; n++)
		run_s += snapshot_batch_s(problem_network(problem, m), n, 1);
	double start_s = queue_earliest_s(problem, fmax(gpu_free_s, arrival_s), run_s);
	return write_single_run(plan, problem, m, &raw, position, start_s);
}

int plan_eo(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	(void)self;
	return queue_plan(snapshot, plan, serve, err);
}
