// SPDX-License-Identifier: BSD-3-Clause
// FIFO: no batching. In the order of the queue each user takes the cut that is best for itself, given when
// and where the GPU is free: its edge run of sum_{k >= p} F_k(1) must fit between then and its deadline, and
// its device is as slow as the latest start of that run allows. The run begins as soon as upload and GPU are
// there.
#include <math.h>
#include "edge/policy/builtin.h"
#include "edge/policy/queue.h"
#include "edge/policy/write.h"

static double serve(struct plan *plan, const struct problem *problem, int m, int position, double gpu_free_s)
{
	const struct snapshot_network *net = problem_network(problem, m);
	struct run run = queue_best_run(problem, m, 1, gpu_free_s);
	if (run.choice.cut == net->n_subtasks) {
		write_local(plan, problem, m);
		return gpu_free_s;
	}
	double arrival_s = upload_arrives_s(problem, m, &run.choice) + problem->snapshot->guard_s;
	return write_single_run(plan, problem, m, &run.choice, position, fmax(run.earliest_s, arrival_s));
}

int plan_fifo(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	(void)self;
	return queue_plan(snapshot, plan, serve, err);
}
