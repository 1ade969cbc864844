// SPDX-License-Identifier: BSD-3-Clause
// A policy of your own: the user with the best uplink offloads its raw input, alone; everyone else runs
// locally. It needs airbatch's header and nothing to link:
//
//     gcc -shared -fPIC -I /path/to/airbatch -o strongest_alone.so strongest_alone.c
//     airbatch plan --instance problem.json --policy ./strongest_alone.so
//
// It only decides. airbatch predicts what follows, for every policy in the same way, and refuses a plan of an
// outside policy that breaks a rule, naming it.
#include "edge/policy/policy.h"

static double total_flop(const struct snapshot_network *net)
{
	double sum = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum += net->work_flop[n];
	return sum;
}

// Everything on the device, as slowly as the deadline allows; at full speed, and late, when it does not.
static void run_locally(const struct snapshot *s, int m, struct plan_job *out)
{
	const struct snapshot_job *user = &s->jobs[m];
	double work = total_flop(&s->networks[user->network]), budget_s = user->deadline_s - user->release_s;
	double f = budget_s > 0 ? work / budget_s : user->device.f_max_flops;
	if (f > user->device.f_max_flops)
		f = user->device.f_max_flops;
	if (f < user->device.f_min_flops)
		f = user->device.f_min_flops;
	out->freq_flops = work > 0 ? f : 0; // the cut is the whole network already
}

// When the edge is free for run_s on end, from from_s on: earlier rounds take it at times.
static double earliest_s(const struct snapshot *s, double from_s, double run_s)
{
	const struct snapshot_server *edge = &s->servers[0];
	double start_s = from_s > edge->free_s ? from_s : edge->free_s;
	for (int i = 0; i < edge->n_busy; i++)
		if (start_s < edge->busy[i].end_s && start_s + run_s > edge->busy[i].start_s)
			start_s = edge->busy[i].end_s;
	return start_s;
}

// The raw input, then every sub-task as a batch of one, unless the result would be late.
static void run_on_edge(const struct snapshot *s, int m, struct plan *plan)
{
	const struct snapshot_job *user = &s->jobs[m];
	const struct snapshot_network *net = &s->networks[user->network];
	double upload_s = snapshot_upload_bits(s, m)[0] / user->rate_bps + user->uplink_delay_s, run_s = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		run_s += snapshot_batch_s(net, n, 1);
	double start_s = earliest_s(s, user->release_s + upload_s + s->guard_s, run_s);
	if (start_s + run_s + user->downlink_s > user->deadline_s)
		return;
	plan->jobs[m].cut = plan->jobs[m].group = 0;
	plan->jobs[m].freq_flops = 0;
	for (int n = 0; n < net->n_subtasks; n++) {
		plan->batches[n] = (struct plan_batch){.network = user->network,
						       .subtask = n,
						       .n_jobs = 1,
						       .first = n,
						       .start_s = start_s,
						       .edge_freq = 1};
		plan->members[n] = m;
		start_s += snapshot_batch_s(net, n, 1);
	}
	plan->n_batches = plan->n_members = net->n_subtasks;
}

static int plan_strongest_alone(const struct policy *self, const struct snapshot *s, struct plan *plan,
				struct err *err)
{
	(void)self;
	(void)err;
	int strongest = 0;
	for (int m = 0; m < s->n_jobs; m++) {
		run_locally(s, m, &plan->jobs[m]);
		if (s->jobs[m].rate_bps > s->jobs[strongest].rate_bps)
			strongest = m;
	}
	if (s->n_jobs > 0 && s->jobs[strongest].rate_bps > 0)
		run_on_edge(s, strongest, plan);
	return 0;
}

extern const struct policy airbatch_policy;
const struct policy airbatch_policy = {.abi = POLICY_ABI,
				       .name = "strongest-alone",
				       .summary = "the best uplink offloads its input, alone",
				       .plan = plan_strongest_alone};
