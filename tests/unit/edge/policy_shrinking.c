// SPDX-License-Identifier: BSD-3-Clause
// A policy for tests of admission, exits and barriers: by a hash of its deadline a job is admitted or not and
// leaves at one of its network's exits; all who are admitted have equal bands and are one batch that starts
// when the last upload is planned to be there and the edge is free for good, and shrinks at each exit.
#include "tests/unit/edge/policy_shrinking.h"

#include <math.h>

static unsigned draw_of(const struct snapshot_job *job)
{
	return (unsigned)(1e9 * job->deadline_s) / 7;
}

static double rate_bps(const struct snapshot_job *job, double hertz)
{
	return hertz > 0 ? hertz * log2(1 + job->power_to_noise_hz / hertz) : job->rate_bps;
}

static bool is_admitted(const struct snapshot *s, int m)
{
	return draw_of(&s->jobs[m]) % 5 > 0 && rate_bps(&s->jobs[m], s->band_hertz / s->n_jobs) > 1e3;
}

static int admit(const struct snapshot *s, struct plan *plan)
{
	int n = 0;
	for (int m = 0; m < s->n_jobs; m++) {
		struct plan_job *job = &plan->jobs[m];
		job->admitted = is_admitted(s, m);
		if (!job->admitted)
			continue;
		n++;
		job->cut = job->group = 0;
		job->exit = (int)(draw_of(&s->jobs[m]) / 5 % (unsigned)(s->networks[0].n_exits + 1));
	}
	for (int m = 0; m < s->n_jobs; m++)
		plan->jobs[m].hertz = plan->jobs[m].admitted ? s->band_hertz / n : 0;
	return n;
}

static double barrier_s(const struct snapshot *s, const struct plan *plan)
{
	const struct snapshot_server *edge = &s->servers[0];
	double start_s = edge->n_busy > 0 ? edge->busy[edge->n_busy - 1].end_s : edge->free_s;
	for (int m = 0; m < s->n_jobs; m++) {
		const struct snapshot_job *job = &s->jobs[m];
		if (!plan->jobs[m].admitted)
			continue;
		double air_s = snapshot_upload_bits(s, m)[0] / rate_bps(job, plan->jobs[m].hertz);
		start_s = fmax(start_s, job->release_s + air_s + job->uplink_delay_s + s->guard_s);
	}
	return start_s;
}

static double add_block(const struct snapshot *s, struct plan *plan, int n, double start_s)
{
	struct plan_batch *batch = &plan->batches[plan->n_batches];
	*batch =
	    (struct plan_batch){.subtask = n, .first = plan->n_members, .start_s = start_s, .edge_freq = 1};
	for (int m = 0; m < s->n_jobs; m++)
		if (plan->jobs[m].admitted && n < plan_subtasks(s, &plan->jobs[m])) {
			plan->members[plan->n_members++] = m;
			batch->n_jobs++;
		}
	if (batch->n_jobs == 0)
		return start_s;
	plan->n_batches++;
	if (n > 0 && s->jobs[0].goes_on)
		batch->expected = (batch->n_jobs + 1) / 2;
	return start_s + snapshot_batch_s(&s->networks[0], n, plan_batch_size(batch));
}

static int plan_shrinking(const struct policy *self, const struct snapshot *s, struct plan *plan,
			  struct err *err)
{
	(void)self;
	(void)err;
	if (admit(s, plan) == 0)
		return 0;
	double start_s = barrier_s(s, plan);
	for (int n = 0; n < s->networks[0].n_subtasks; n++)
		start_s = add_block(s, plan, n, start_s);
	return 0;
}

const struct policy policy_shrinking = {.abi = POLICY_ABI,
					.name = "shrinking",
					.summary = "admits some, who leave at different exits",
					.plan = plan_shrinking};
