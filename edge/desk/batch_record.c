// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/batch_record.h"

#include <math.h>

struct batch_times batch_times_of_profile(const struct batch *batch, int64_t end_ns, int64_t median_ns,
					  int64_t p95_ns)
{
	int64_t run_ns = batch_slowed_ns(batch, median_ns);
	return (struct batch_times){.start_ns = end_ns - run_ns,
				    .end_ns = end_ns,
				    .noticed_ns = end_ns,
				    .run_ns = run_ns,
				    .profile_ns = run_ns,
				    .profile_p95_ns = batch_slowed_ns(batch, p95_ns),
				    .drift = 1,
				    .replayed = true};
}

// Members of one UE upload one after another over its largest grant.
static double granted_hz(const struct batch *batch)
{
	double sum_hz = 0;
	for (int i = 0; i < batch->n_members; i++) {
		double before_hz = 0;
		for (int k = 0; batch->member[i]->hertz > 0 && k < i; k++)
			if (batch->member[k]->ue == batch->member[i]->ue)
				before_hz = fmax(before_hz, batch->member[k]->hertz);
		sum_hz += fmax(batch->member[i]->hertz - before_hz, 0);
	}
	return sum_hz;
}

static void add_choice(struct batch_record *r, const struct batch_task *t)
{
	r->accuracy += t->accuracy / r->n_members;
	if (!batch_task_leaves(t))
		return;
	r->exit = (uint32_t)t->exit;
	r->n_leaving++;
}

void batch_record_fill(struct batch_record *r, const struct batch *batch, const struct batch_times *times)
{
	const struct booking *booking = &batch->booking;
	*r = (struct batch_record){.server = (uint32_t)batch->member[0]->server,
				   .batch = batch->id,
				   .network = (uint32_t)booking->network,
				   .subtask = (uint32_t)booking->subtask,
				   .group = (uint32_t)booking->group,
				   .reason = batch->reason,
				   .planned_members = (uint32_t)batch->planned_members,
				   .n_members = (uint32_t)batch->n_members,
				   .gpu_shares = (uint32_t)booking->gpu_shares,
				   .edge_freq = booking->edge_freq,
				   .hertz = granted_hz(batch),
				   .planned_start_ns = booking->start_ns,
				   .planned_duration_ns = booking->duration_ns,
				   .start_ns = times->start_ns,
				   .end_ns = times->end_ns,
				   .noticed_ns = times->noticed_ns,
				   .run_ns = times->run_ns,
				   .profile_ns = times->profile_ns,
				   .profile_p95_ns = times->profile_p95_ns,
				   .replayed = times->replayed,
				   .drift = times->drift,
				   .first_input_ns = INT64_MAX};
	for (int i = 0; i < batch->n_members; i++) {
		const struct batch_task *t = batch->member[i];
		add_choice(r, t);
		r->member[i].exit = (uint16_t)t->exit;
		r->member[i].ue = (uint16_t)t->ue;
		r->member[i].task = t->id;
		r->member[i].round = t->round;
		r->first_input_ns = t->present_ns < r->first_input_ns ? t->present_ns : r->first_input_ns;
		r->last_input_ns = t->present_ns > r->last_input_ns ? t->present_ns : r->last_input_ns;
	}
}

void edge_record_add(struct edge_record *totals, const struct batch_record *r, double energy_j)
{
	totals->batches++;
	totals->run_ns += r->run_ns;
	totals->busy_ns += r->run_ns / r->gpu_shares;
	totals->energy_j += energy_j;
	if (r->reason == BATCH_STRAGGLER)
		totals->stragglers += r->n_members;
	if (r->reason == BATCH_LEFT)
		totals->left_behind += r->planned_members - r->n_members;
}
