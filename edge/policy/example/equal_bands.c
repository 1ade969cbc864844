// SPDX-License-Identifier: BSD-3-Clause
// A policy that grants hertz (`cell.grant: granted` in the topology): everyone uploads the raw input over an
// equal part of the band, and the edge runs one task after another; who would be late that way stays local.
// The edge tells the cell: a UE has its part from its round on until its upload is in.
//
//     gcc -shared -fPIC -I /path/to/airbatch -o equal_bands.so equal_bands.c -lm
//     airbatch sim topology.yaml --policy ./equal_bands.so
#include <math.h>

#include "edge/policy/policy.h"

static double whole_s(const struct snapshot *s, int m)
{
	const struct snapshot_network *net = &s->networks[s->jobs[m].network];
	double sum_s = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum_s += snapshot_batch_s(net, n, 1);
	return sum_s;
}

// All of it, at full speed.
static void run_locally(const struct snapshot *s, int m, struct plan_job *out)
{
	const struct snapshot_network *net = &s->networks[s->jobs[m].network];
	double work = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		work += net->work_flop[n];
	out->freq_flops = work > 0 ? s->jobs[m].device.f_max_flops : 0;
}

// Over its own w hertz a UE sends w log2(1 + P g / N0 / w) bit/s. Where the band is not granted: at its rate.
static double upload_s(const struct snapshot *s, int m, double w)
{
	const struct snapshot_job *user = &s->jobs[m];
	double rate_bps = w > 0 ? w * log2(1 + user->power_to_noise_hz / w) : user->rate_bps;
	return snapshot_upload_bits(s, m)[0] / rate_bps + user->uplink_delay_s;
}

static void run_on_edge(const struct snapshot *s, int m, double start_s, double hertz, struct plan *plan)
{
	const struct snapshot_network *net = &s->networks[s->jobs[m].network];
	plan->jobs[m].cut = plan->jobs[m].order = 0;
	plan->jobs[m].freq_flops = 0;
	plan->jobs[m].hertz = hertz;
	plan->jobs[m].group = m;
	for (int n = 0; n < net->n_subtasks; n++) {
		plan->batches[plan->n_batches++] = (struct plan_batch){.network = s->jobs[m].network,
								       .subtask = n,
								       .group = m,
								       .n_jobs = 1,
								       .first = plan->n_members,
								       .start_s = start_s,
								       .edge_freq = 1};
		plan->members[plan->n_members++] = m;
		start_s += snapshot_batch_s(net, n, 1);
	}
}

static int plan_equal_bands(const struct policy *self, const struct snapshot *s, struct plan *plan,
			    struct err *err)
{
	(void)self;
	(void)err;
	double hertz = s->n_jobs > 0 ? s->band_hertz / s->n_jobs : 0;
	const struct snapshot_server *edge = &s->servers[0];
	double free_s = edge->n_busy > 0 ? edge->busy[edge->n_busy - 1].end_s : edge->free_s;
	for (int m = 0; m < s->n_jobs; m++) {
		const struct snapshot_job *user = &s->jobs[m];
		double here_s = user->release_s + upload_s(s, m, hertz) + s->guard_s;
		double start_s = here_s > free_s ? here_s : free_s;
		run_locally(s, m, &plan->jobs[m]);
		if (!(start_s + whole_s(s, m) + user->downlink_s <= user->deadline_s))
			continue;
		run_on_edge(s, m, start_s, hertz, plan);
		free_s = start_s + whole_s(s, m);
	}
	return 0;
}

extern const struct policy airbatch_policy;
const struct policy airbatch_policy = {.abi = POLICY_ABI,
				       .name = "equal-bands",
				       .summary = "everyone uploads its input over an equal part of the band",
				       .plan = plan_equal_bands};
