// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/watched.h"

#include "base/clock.h"

struct watch_task watch_task_of(const struct task_record *r, int64_t epoch_ns)
{
	return (struct watch_task){.ue = r->ue - 1,
				   .outcome = (enum task_outcome)r->outcome,
				   .met = task_met_deadline(r),
				   .cut = r->cut,
				   .finish_s = ns_to_s(r->end_ns[STAGE_RESULT] - epoch_ns),
				   .latency_s = ns_to_s(task_latency_ns(r)),
				   .compute_j = r->compute_j,
				   .transmit_j = r->transmit_j,
				   .energy_j = task_energy_j(r)};
}

struct watch_link watch_link_of(const struct link_record *r, int64_t epoch_ns)
{
	struct watch_link l = {.ue = r->ue, .t_s = ns_to_s(r->t_ns - epoch_ns), .gain_db = r->gain_db};
	for (int d = 0; d < LINK_DIRS; d++) {
		l.rate_bps[d] = r->rate_bps[d];
		l.queue_bytes[d] = (double)r->queue_bytes[d];
		l.airtime_s[d] = ns_to_s(r->airtime_ns[d]);
	}
	return l;
}

struct watch_batch watch_batch_of(const struct batch_record *r, int64_t epoch_ns)
{
	return (struct watch_batch){.start_s = ns_to_s(r->start_ns - epoch_ns), .members = r->n_members};
}
