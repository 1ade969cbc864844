// SPDX-License-Identifier: BSD-3-Clause
// One flow of the link: a UE's packets in one direction, waiting, in transmission and on their way to the
// other end. mac/link and mac/cell only; everyone else sees mac/link.h.
//
// A flow either has a clock of its own, its rate (flow_set_rate; it transmits by itself whenever flow_advance
// brings it up to date), or rate 0 and somebody who tells it when its packets begin and end (flow_begin,
// flow_complete).
#pragma once

#include <stdbool.h>
#include "mac/codel.h"
#include "mac/fixed.h"
#include "mac/impairment.h"
#include "mac/link.h"

struct flow_entry {
	int64_t enqueued_ns, start_ns, end_ns, deliver_ns;
	uint64_t cookie;
	uint32_t bytes;
	uint8_t fate; // enum link_fate
	uint8_t transmissions;
};

// A flow's packets lie in one ring, oldest first: [head, tx) are sent and on their way, tx is in
// transmission, (tx, tail) wait. Indices run freely; the ring's size is a power of two.
struct flow {
	struct flow_entry *ring;
	uint32_t capacity, head, tx, tail;
	uint32_t limit_packets;
	uint64_t limit_bytes;
	int64_t delay_ns;
	int64_t last_deliver_ns; // deliveries keep their order
	double rate_bps;	 // 0: no clock of its own
	fixed ns_per_bit;	 // meaningless while the rate is 0
	fixed end; // of the transmission at tx, while the rate is above 0; later: when the last one ended
	long double left_bits;	       // of the transmission at tx, while the rate is 0
	fixed airtime;		       // up to busy_from
	fixed busy_from;	       // from here on the running transmission is not in airtime yet; on
				       // the air: by the clock of flow_begin
	bool on_air;		       // between flow_begin and flow_complete
	struct codel *codel;	       // owned; NULL = drop-tail
	struct impairment *impairment; // owned; NULL = none
	struct link_counters counters; // all but airtime_ns
};

void flow_init(struct flow *flow, const struct link_flow_config *config);
void flow_free(struct flow *flow);
// CoDel in front of the transmission, from the next packet on. 0 or -ENOMEM.
int flow_set_codel(struct flow *flow, int64_t target_ns, int64_t interval_ns);
// From the next transmission on. rng is borrowed. 0 or -ENOMEM.
int flow_set_impairment(struct flow *flow, const struct impairment_config *config, struct rng *rng);

static inline struct flow_entry *flow_entry_at(struct flow *flow, uint32_t index)
{
	return &flow->ring[index & (flow->capacity - 1)];
}

static inline bool flow_has_transmission(const struct flow *flow)
{
	return flow->tx != flow->tail;
}

static inline bool flow_is_moving(const struct flow *flow)
{
	return flow->rate_bps > 0 && flow_has_transmission(flow);
}

static inline uint64_t flow_head_bits(struct flow *flow) // of the packet in transmission
{
	return 8 * (uint64_t)flow_entry_at(flow, flow->tx)->bytes;
}

// 0, -ENOBUFS (counted) or -ENOMEM (not). A packet that finds a flow with a rate idle starts at now.
int flow_enqueue(struct flow *flow, uint32_t bytes, uint64_t cookie, int64_t now);

// Ends the transmission that the flow's own clock ends at flow->end, and starts the next.
void flow_finish(struct flow *flow);

static inline void flow_advance(struct flow *flow, int64_t now)
{
	while (flow_is_moving(flow) && fixed_round_up(flow->end) <= now)
		flow_finish(flow);
}

// The rate is rate_bps from `at` on; the flow must have been advanced to it.
void flow_set_rate(struct flow *flow, double rate_bps, fixed at);

// For a flow without a clock. The packet at tx, new or interrupted, is on the air from `at` on; false when
// there is none (CoDel may have dropped the last). left_bits says how much of it is to be sent.
// busy is the caller's clock of what airtime counts: it may run slower than time.
bool flow_begin(struct flow *flow, fixed at, fixed busy);
// Off the air, with left_bits to go.
void flow_interrupt(struct flow *flow, fixed busy, long double left_bits);
// The transmission ends at `at`. The next, of the same packet when HARQ repeats it, needs a flow_begin.
void flow_complete(struct flow *flow, fixed at, fixed busy);

// When the oldest packet leaves: exact once it is sent, else the earliest possible. TIME_NEVER: not by the
// flow's own clock.
static inline int64_t flow_next_delivery(struct flow *flow)
{
	if (flow->head != flow->tx)
		return flow_entry_at(flow, flow->head)->deliver_ns;
	if (!flow_is_moving(flow))
		return TIME_NEVER;
	int64_t at_ns = fixed_round_up(flow->end) + flow->delay_ns;
	return at_ns > flow->last_deliver_ns ? at_ns : flow->last_deliver_ns;
}

// Takes the oldest sent packet out; ue and dir are left to the caller.
void flow_deliver(struct flow *flow, struct link_packet *out);

// busy: now, by the clock that the transmission under way is counted with.
void flow_read_counters(const struct flow *flow, fixed busy, struct link_counters *out);
