// SPDX-License-Identifier: BSD-3-Clause
#include "base/lateness.h"

#include <stddef.h>
#include <string.h>

#include "base/channel.h"
#include "base/clock.h"

#define RECORD_SIZE(n)                                                                                       \
	(offsetof(struct lateness_record, pair) + (n) * sizeof(((struct lateness_record *)0)->pair[0]))

_Static_assert(sizeof(struct lateness_record) <= CHANNEL_MAX_BODY, "a record is one message");

#define OTHER_WORK "end other work on this machine, or give the run processors of its own"

const struct host_promise host_promises[HOST_STAGES] = {
    [HOST_SHAPER_RING] = {"shaper_ring", "packets waited for the shaper to look", OTHER_WORK, 5 * NS_PER_MS,
			  .01},
    [HOST_SHAPER_SEND] = {"shaper_send", "packets left the shaper later than the link model says", OTHER_WORK,
			  NS_PER_MS, .01},
    [HOST_SHAPER_TIMER] = {"shaper_timer", "of the shaper's looks at its clock came late", OTHER_WORK,
			   5 * NS_PER_MS, .02},
    [HOST_SHAPER_GRANT] = {"shaper_grant", "of the edge's grants took effect late", OTHER_WORK, NS_PER_MS,
			   .01},
    [HOST_UE_TIMER] = {"ue_timer", "of the UEs' arrivals, computations and sends were handled late",
		       OTHER_WORK, 2 * NS_PER_MS, .01},
    [HOST_UE_READ] = {"ue_read", "messages waited in a UE's socket", OTHER_WORK, 2 * NS_PER_MS, .01},
    [HOST_EDGE_TIMER] = {"edge_timer", "of the edge's rounds and batches began late", OTHER_WORK,
			 2 * NS_PER_MS, .01},
    [HOST_EDGE_READ] = {"edge_read", "messages waited in the edge's socket", OTHER_WORK, 2 * NS_PER_MS, .01},
    [HOST_PLANNING] = {"planning", "of the policy's calls took longer than plans allow for",
		       "plan for fewer UEs at once (edge.admission_window), or take a faster policy",
		       2 * NS_PER_MS, .01},
    [HOST_BATCH] =
	{"batch", "batches ran longer than the F_n(b) they were planned with",
	 "measure F_n(b) anew (airbatch profile --network NAME --refresh), or end other work on this machine",
	 0, HOST_BATCH_SHARE},
    [HOST_REPLAY] = {"replay", "replayed batches ran longer than their profile says", OTHER_WORK, NS_PER_MS,
		     .01},
    [HOST_TRANSPORT] = {"transport", "uploads and results paused in TCP with nothing on the link",
			"a longer edge.guard leaves room for it; see the captures for why", 5 * NS_PER_MS,
			.01},
};

int64_t host_batch_bound_ns(int64_t planned_ns)
{
	return planned_ns / 10 + HOST_BATCH_SLACK_NS;
}

void lateness_add_bounded(struct lateness *l, int64_t late_ns, int64_t bound_ns)
{
	histogram_add(&l->late, late_ns);
	l->over += late_ns > bound_ns;
}

void lateness_add(struct lateness *l, enum host_stage stage, int64_t late_ns)
{
	lateness_add_bounded(l, late_ns, host_promises[stage].bound_ns);
}

// One event alone is no share: it takes two, or one that is far too late.
bool lateness_breaks(const struct lateness *l, enum host_stage stage)
{
	double may = host_promises[stage].share * (double)l->late.count;
	return (double)l->over > (may > 1 ? may : 1) || l->late.max_ns > HOST_WORST_NS;
}

int lateness_send(int channel, enum host_stage stage, const struct lateness *l)
{
	struct lateness_record r = {.stage = stage,
				    .count = l->late.count,
				    .over = l->over,
				    .min_ns = l->late.min_ns,
				    .max_ns = l->late.max_ns,
				    .sum_ns = l->late.sum_ns};
	int rc = 0;
	for (uint32_t i = 0; rc == 0 && i < HISTOGRAM_BUCKETS; i++) {
		if (l->late.bucket[i] == 0)
			continue;
		if (r.n_pairs == LATENESS_PAIRS) {
			rc = channel_send(channel, CHANNEL_LATENESS, &r, RECORD_SIZE(r.n_pairs));
			r = (struct lateness_record){.stage = stage};
		}
		r.pair[r.n_pairs].bucket = i;
		r.pair[r.n_pairs++].count = l->late.bucket[i];
	}
	return rc == 0 && r.n_pairs > 0 ? channel_send(channel, CHANNEL_LATENESS, &r, RECORD_SIZE(r.n_pairs))
					: rc;
}

static void add_totals(struct histogram *h, const struct lateness_record *r)
{
	if (r->count == 0)
		return;
	if (h->count == 0 || r->min_ns < h->min_ns)
		h->min_ns = r->min_ns;
	if (r->max_ns > h->max_ns)
		h->max_ns = r->max_ns;
	h->count += r->count;
	h->sum_ns += r->sum_ns;
}

bool lateness_take(struct lateness *totals, const void *body, uint32_t size)
{
	struct lateness_record r = {0};
	if (size < RECORD_SIZE(0) || size > sizeof(r))
		return false;
	memcpy(&r, body, size);
	if (r.stage >= HOST_STAGES || r.n_pairs > LATENESS_PAIRS || size != RECORD_SIZE(r.n_pairs))
		return false;
	struct lateness *l = &totals[r.stage];
	add_totals(&l->late, &r);
	l->over += r.over;
	for (uint32_t i = 0; i < r.n_pairs; i++)
		if (r.pair[i].bucket < HISTOGRAM_BUCKETS)
			l->late.bucket[r.pair[i].bucket] += r.pair[i].count;
	return true;
}
