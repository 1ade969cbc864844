// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
	plan->batches[plan->n_batches - 1].n_users++;
}

double close_batch(struct plan *plan, const struct snapshot *snapshot)
{
	struct plan_batch *batch = &plan->batches[plan->n_batches - 1];
	double alone_s =
	    snapshot_batch_s(&snapshot->networks[batch->network], batch->subtask, batch->n_users);
	batch->duration_s = plan->gpu_shares * alone_s / batch->edge_freq;
	return batch->start_s + batch->duration_s;
}

// Time and energy of the device's part, common to local work and offloading.
static struct plan_user device_part(const struct problem *problem, int m, const struct choice *choice)
{
	const struct snapshot_user *user = &problem->snapshot->users[m];
	double work_flop = problem_head_flop(problem, m, choice->cut);
	double end_s = user->release_s + device_time_s(work_flop, choice->freq_flops);
	return (struct plan_user){.feasible = true,
				  .cut = choice->cut,
				  .freq_flops = choice->freq_flops,
				  .group = -1,
				  .compute_start_s = user->release_s,
				  .compute_end_s = end_s,
				  .upload_end_s = end_s,
				  .finish_s = end_s,
				  .compute_j = device_energy_j(&user->device, work_flop, choice->freq_flops)};
}

static void explain_local(struct plan_user *out, const struct snapshot_user *user, double work_flop)
{
	double budget_s = user->deadline_s - user->release_s;
	if (budget_s <= 0)
		snprintf(out->why, sizeof(out->why), "the plan reaches the device %.4g ms after the deadline",
			 -budget_s * 1e3);
	else
		snprintf(out->why, sizeof(out->why),
			 "no cut reaches the edge in time; alone it needs %.4g GFLOP/s, the device has %.4g",
			 work_flop / budget_s * 1e-9, user->device.f_max_flops * 1e-9);
}

void write_local(struct plan *plan, const struct problem *problem, int m)
{
	const struct choice *local = &problem->local[m];
	plan->users[m] = device_part(problem, m, local);
	if (!local->cost.late)
		return;
	plan->users[m].feasible = false;
	explain_local(&plan->users[m], &problem->snapshot->users[m],
		      problem_head_flop(problem, m, local->cut));
}

double upload_arrives_s(const struct problem *problem, int m, const struct choice *choice)
{
	const struct snapshot_user *user = &problem->snapshot->users[m];
	double work_flop = problem_head_flop(problem, m, choice->cut);
	return user->release_s + device_time_s(work_flop, choice->freq_flops) +
	       problem->upload_s[(ptrdiff_t)m * problem->stride + choice->cut] + user->uplink_delay_s;
}

void write_offloader(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
		     int group, double edge_end_s)
{
	const struct snapshot_user *user = &problem->snapshot->users[m];
	struct plan_user *out = &plan->users[m];
	*out = device_part(problem, m, choice);
	out->group = group;
	out->upload_end_s = upload_arrives_s(problem, m, choice);
	out->transmit_j = user->tx_power_w * problem->upload_s[(ptrdiff_t)m * problem->stride + choice->cut];
	out->finish_s = edge_end_s + user->downlink_s;
	if (out->finish_s <= user->deadline_s * (1 + 1e-12) + 1e-12)
		return;
	out->feasible = false;
	snprintf(out->why, sizeof(out->why), "the edge answers at %.4g ms, the deadline is %.4g ms",
		 out->finish_s * 1e3, user->deadline_s * 1e3);
}

double write_single_run(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
			int group, double start_s)
{
	for (int n = choice->cut; n < problem_network(problem, m)->n_subtasks; n++) {
		write_batch(plan, problem->snapshot->users[m].network, n, group, start_s);
		write_member(plan, m);
		start_s = close_batch(plan, problem->snapshot);
	}
	write_offloader(plan, problem, m, choice, group, start_s);
	return start_s;
}

static int by_start(const void *a, const void *b)
{
	const struct plan_batch *x = a, *y = b;
	if (x->start_s != y->start_s)
		return x->start_s < y->start_s ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static double batch_energy_j(const struct snapshot *snapshot, const struct plan_batch *batch)
{
	double alone_s =
	    snapshot_batch_s(&snapshot->networks[batch->network], batch->subtask, batch->n_users);
	return edge_busy_j(snapshot->edge_static_w, snapshot->edge_dynamic_w, alone_s, batch->edge_freq);
}

void write_totals(struct plan *plan, const struct snapshot *snapshot)
{
	if (plan->n_batches > 1)
		qsort(plan->batches, (size_t)plan->n_batches, sizeof(*plan->batches), by_start);
	plan->gpu_end_s = snapshot->gpu_free_s;
	plan->edge_j = 0;
	for (int i = 0; i < plan->n_batches; i++) {
		const struct plan_batch *batch = &plan->batches[i];
		plan->gpu_end_s = fmax(plan->gpu_end_s, batch->start_s + batch->duration_s);
		if (snapshot->has_edge_dvfs)
			plan->edge_j += batch_energy_j(snapshot, batch);
	}
	plan->feasible = true;
	plan->energy_j = plan->edge_charged ? plan->edge_j : 0;
	for (int m = 0; m < plan->n_users; m++) {
		plan->feasible = plan->feasible && plan->users[m].feasible;
		plan->energy_j += plan->users[m].compute_j + plan->users[m].transmit_j;
	}
}
