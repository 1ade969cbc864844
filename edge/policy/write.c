// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/write.h"

struct plan_batch *write_batch(struct plan *plan, int network, int subtask, int group, double start_s)
{
	struct plan_batch *batch = &plan->batches[plan->n_batches++];
	*batch = (struct plan_batch){.network = network,
				     .subtask = subtask,
				     .group = group,
				     .first = plan->n_members,
				     .start_s = start_s,
				     .edge_freq = 1};
	return batch;
}

void write_member(struct plan *plan, int user)
{
	plan->members[plan->n_members++] = user;
	plan->batches[plan->n_batches - 1].n_jobs++;
}

double batch_ends_s(const struct plan *plan, const struct snapshot *snapshot)
{
	const struct plan_batch *batch = &plan->batches[plan->n_batches - 1];
	double alone_s =
	    snapshot_batch_s(&snapshot->networks[batch->network], batch->subtask, plan_batch_size(batch));
	return batch->start_s + plan->gpu_shares * alone_s / batch->edge_freq;
}

void write_local(struct plan *plan, const struct problem *problem, int m)
{
	write_offloader(plan, m, &problem->local[m], -1);
}

void write_offloader(struct plan *plan, int m, const struct choice *choice, int group)
{
	plan->jobs[m].cut = choice->cut;
	plan->jobs[m].freq_flops = choice->freq_flops;
	plan->jobs[m].group = group;
}

double upload_arrives_s(const struct problem *problem, int m, const struct choice *choice)
{
	const struct snapshot_job *user = &problem->snapshot->jobs[m];
	double work_flop = problem_head_flop(problem, m, choice->cut);
	return user->release_s + device_time_s(work_flop, choice->freq_flops) +
	       problem->upload_s[(ptrdiff_t)m * problem->stride + choice->cut] + user->uplink_delay_s;
}

double write_single_run(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
			int group, double start_s)
{
	for (int n = choice->cut; n < problem_network(problem, m)->n_subtasks; n++) {
		write_batch(plan, problem->snapshot->jobs[m].network, n, group, start_s);
		write_member(plan, m);
		start_s = batch_ends_s(plan, problem->snapshot);
	}
	write_offloader(plan, m, choice, group);
	return start_s;
}
