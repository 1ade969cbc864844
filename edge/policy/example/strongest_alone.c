// SPDX-License-Identifier: BSD-3-Clause
// A policy of your own: the user with the best uplink offloads its raw input, alone; everyone else runs
// locally. It needs airbatch's header and nothing to link:
//
//     gcc -shared -fPIC -I /path/to/airbatch -o strongest_alone.so strongest_alone.c
//     airbatch plan --instance problem.json --policy ./strongest_alone.so
//
// airbatch replays every plan of an outside policy and refuses one that breaks a rule, naming it.
#include <stdio.h>
#include "edge/policy/policy.h"

static double total_flop(const struct snapshot_network *net)
{
	double sum = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum += net->work_flop[n];
	return sum;
}

// Everything on the device, as slowly as the deadline allows; at full speed, and late, when it does not.
static void run_locally(const struct snapshot *s, int m, struct plan_user *out)
{
	const struct snapshot_user *user = &s->users[m];
	const struct snapshot_network *net = &s->networks[user->network];
	double work = total_flop(net), budget_s = user->deadline_s - user->release_s;
	double f = budget_s > 0 ? work / budget_s : user->device.f_max_flops * 2;
	*out = (struct plan_user){
	    .feasible = f <= user->device.f_max_flops, .cut = net->n_subtasks, .group = -1};
	if (!out->feasible)
		snprintf(out->why, sizeof(out->why), "the device is too slow");
	if (f > user->device.f_max_flops)
		f = user->device.f_max_flops;
	if (f < user->device.f_min_flops)
		f = user->device.f_min_flops;
	out->freq_flops = work > 0 ? f : 0;
	out->compute_start_s = user->release_s;
	out->compute_end_s = user->release_s + device_time_s(work, f);
	out->upload_end_s = out->finish_s = out->compute_end_s;
	out->compute_j = device_energy_j(&user->device, work, f);
}

// The raw input, then every sub-task as a batch of one. False when the result would be late.
static bool run_on_edge(const struct snapshot *s, int m, struct plan *plan)
{
	const struct snapshot_user *user = &s->users[m];
	const struct snapshot_network *net = &s->networks[user->network];
	double air_s = snapshot_upload_bits(s, m)[0] / user->rate_bps;
	double arrival_s = user->release_s + air_s + user->uplink_delay_s;
	double start_s = arrival_s + s->guard_s > s->gpu_free_s ? arrival_s + s->guard_s : s->gpu_free_s;
	for (int n = 0; n < net->n_subtasks; n++) {
		double duration_s = snapshot_batch_s(net, n, 1);
		plan->batches[n] = (struct plan_batch){.network = user->network,
						       .subtask = n,
						       .n_users = 1,
						       .first = n,
						       .start_s = start_s,
						       .duration_s = duration_s,
						       .edge_freq = 1};
		plan->members[n] = m;
		start_s += duration_s;
	}
	if (start_s + user->downlink_s > user->deadline_s)
		return false;
	plan->n_batches = plan->n_members = net->n_subtasks;
	plan->users[m] = (struct plan_user){.feasible = true,
					    .compute_start_s = user->release_s,
					    .compute_end_s = user->release_s,
					    .upload_end_s = arrival_s,
					    .finish_s = start_s + user->downlink_s,
					    .transmit_j = user->tx_power_w * air_s};
	return true;
}

// The sums over users and batches, by the definitions in the header.
static void add_up(const struct snapshot *s, struct plan *plan)
{
	plan->feasible = true;
	plan->energy_j = plan->edge_j = 0;
	plan->gpu_end_s = s->gpu_free_s;
	for (int m = 0; m < s->n_users; m++) {
		plan->feasible = plan->feasible && plan->users[m].feasible;
		plan->energy_j += plan->users[m].compute_j + plan->users[m].transmit_j;
	}
	for (int i = 0; i < plan->n_batches; i++) {
		plan->gpu_end_s = plan->batches[i].start_s + plan->batches[i].duration_s;
		if (s->has_edge_dvfs)
			plan->edge_j += plan->batches[i].duration_s * (s->edge_static_w + s->edge_dynamic_w);
	}
}

static int plan_strongest_alone(const struct snapshot *s, struct plan *plan, struct err *err)
{
	(void)err;
	int strongest = 0;
	for (int m = 0; m < s->n_users; m++) {
		run_locally(s, m, &plan->users[m]);
		if (s->users[m].rate_bps > s->users[strongest].rate_bps)
			strongest = m;
	}
	if (s->n_users > 0 && s->users[strongest].rate_bps > 0)
		run_on_edge(s, strongest, plan);
	add_up(s, plan);
	return 0;
}

extern const struct policy airbatch_policy;
const struct policy airbatch_policy = {POLICY_ABI, "strongest-alone",
				       "the best uplink offloads its input, alone", plan_strongest_alone};
