// SPDX-License-Identifier: BSD-3-Clause
// FIFO: no batching. In the order of the queue each user takes the cut that is best for itself, given when
// the GPU becomes free: its edge run of sum_{k >= p} F_k(1) must fit between then and its deadline, and its
// device is as slow as the latest start of that run allows. The run begins as soon as upload and GPU are
// there.
#include <math.h>
#include "edge/policy/builtin.h"
#include "edge/policy/queue.h"
#include "edge/policy/write.h"

static double serve(struct plan *plan, const struct problem *problem, int m, int position, double gpu_free_s)
{
	const struct snapshot_network *net = problem_network(problem, m);
	double start_s[POLICY_MAX_SUBTASKS];
	starts_before(net, 1, 1, problem->end_s[m], start_s);
	int first = first_cut_after(net, start_s, gpu_free_s);
	struct choice choice = choose_best(problem, m, start_s, first, net->n_subtasks - 1);
	if (choice.cut == net->n_subtasks) {
		write_local(plan, problem, m);
		return gpu_free_s;
	}
	double arrival_s = upload_arrives_s(problem, m, &choice) + problem->snapshot->guard_s;
	return write_single_run(plan, problem, m, &choice, position, fmax(gpu_free_s, arrival_s));
}

int plan_fifo(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	return queue_plan(snapshot, plan, serve, err);
}
