// SPDX-License-Identifier: BSD-3-Clause
#include "mac/flow.h"

#include <errno.h>
#include <stdlib.h>

void flow_init(struct flow *flow, const struct link_flow_config *config)
{
	*flow = (struct flow){.limit_bytes = config->limit_bytes,
			      .limit_packets = config->limit_packets,
			      .delay_ns = config->delay_ns};
	flow_set_rate(flow, config->rate_bps, 0);
}

void flow_free(struct flow *flow)
{
	free(flow->ring);
	free(flow->codel);
	free(flow->impairment);
}

int flow_set_codel(struct flow *flow, int64_t target_ns, int64_t interval_ns)
{
	if (!flow->codel && !(flow->codel = malloc(sizeof(*flow->codel))))
		return -ENOMEM;
	*flow->codel = (struct codel){.target_ns = target_ns, .interval_ns = interval_ns};
	return 0;
}

int flow_set_impairment(struct flow *flow, const struct impairment_config *config, struct rng *rng)
{
	bool bad = flow->impairment && flow->impairment->bad;
	if (!flow->impairment && !(flow->impairment = malloc(sizeof(*flow->impairment))))
		return -ENOMEM;
	*flow->impairment = (struct impairment){.config = *config, .rng = rng, .bad = bad};
	return 0;
}

// ---- the head of the queue

static void leave_queue(struct flow *flow, const struct flow_entry *entry)
{
	flow->counters.queue_packets--;
	flow->counters.queue_bytes -= entry->bytes;
	flow->tx++;
}

static void keep_order(struct flow *flow, struct flow_entry *entry)
{
	if (entry->deliver_ns < flow->last_deliver_ns)
		entry->deliver_ns = flow->last_deliver_ns;
	flow->last_deliver_ns = entry->deliver_ns;
}

struct turn {
	struct flow *flow;
	int64_t now;
};

static bool codel_head(void *packets, int64_t *arrived_ns, uint64_t *behind_bytes)
{
	struct flow *flow = ((struct turn *)packets)->flow;
	if (!flow_has_transmission(flow))
		return false;
	const struct flow_entry *entry = flow_entry_at(flow, flow->tx);
	*arrived_ns = entry->enqueued_ns;
	*behind_bytes = flow->counters.queue_bytes - entry->bytes;
	return true;
}

// A dropped packet is handed out like a delivered one, in its place, for its buffer has an owner.
static void codel_drop_head(void *packets)
{
	const struct turn *turn = packets;
	struct flow *flow = turn->flow;
	struct flow_entry *entry = flow_entry_at(flow, flow->tx);
	entry->fate = LINK_DROPPED;
	entry->start_ns = entry->end_ns = entry->deliver_ns = turn->now;
	keep_order(flow, entry);
	flow->counters.drops++;
	flow->counters.dropped_bytes += entry->bytes;
	leave_queue(flow, entry);
}

// A new packet's first bit is to be sent at `at`. False when CoDel has left none.
static bool take_turn(struct flow *flow, fixed at)
{
	if (flow->codel) {
		struct turn turn = {flow, fixed_round_up(at)};
		struct codel_queue queue = {&turn, codel_head, codel_drop_head};
		codel_dequeue(flow->codel, &queue, turn.now);
		if (!flow_has_transmission(flow))
			return false;
	}
	flow_entry_at(flow, flow->tx)->start_ns = fixed_round_up(at);
	return true;
}

// ---- the end of a transmission

// False: it failed and is to be repeated.
static bool survive_the_air(struct flow *flow, struct flow_entry *entry)
{
	struct impairment *impairment = flow->impairment;
	const struct harq *harq = &impairment->config.harq;
	uint32_t before = entry->transmissions - 1u;
	bool failed = impairment_fails(impairment, before);
	if (failed && before < harq->max_retransmissions) {
		flow->counters.retransmissions++;
		return false;
	}
	if (impairment_loses(impairment) || failed)
		entry->fate = LINK_LOST;
	entry->deliver_ns += before * harq->round_trip_ns + impairment_jitter_ns(impairment);
	if (entry->fate == LINK_LOST) {
		flow->counters.lost_packets++;
		flow->counters.lost_bytes += entry->bytes;
	}
	return true;
}

static void count_airtime(struct flow *flow, fixed busy)
{
	if (busy > flow->busy_from)
		flow->airtime += busy - flow->busy_from;
}

// False when HARQ sends the packet once more.
static bool end_transmission(struct flow *flow, fixed at, fixed busy)
{
	struct flow_entry *entry = flow_entry_at(flow, flow->tx);
	count_airtime(flow, busy);
	entry->transmissions++;
	entry->end_ns = fixed_round_up(at);
	entry->deliver_ns = entry->end_ns + flow->delay_ns;
	if (flow->impairment && !survive_the_air(flow, entry))
		return false;
	keep_order(flow, entry); // the delay may have fallen
	flow->counters.packets++;
	flow->counters.bytes += entry->bytes;
	leave_queue(flow, entry);
	return true;
}

// ---- by the flow's own clock

static void send_whole(struct flow *flow, fixed at)
{
	flow->busy_from = at;
	flow->end = at + flow_head_bits(flow) * flow->ns_per_bit;
}

void flow_finish(struct flow *flow)
{
	fixed at = flow->end;
	bool ended = end_transmission(flow, at, at);
	if (flow_has_transmission(flow) && (!ended || take_turn(flow, at)))
		send_whole(flow, at);
}

// Has nothing of the packet at tx been sent, while the flow stands still?
static bool is_fresh(struct flow *flow)
{
	return flow->left_bits >= (long double)flow_head_bits(flow) &&
	       flow_entry_at(flow, flow->tx)->transmissions == 0;
}

// As take_turn, for a packet that may have been interrupted.
static bool take_turn_again(struct flow *flow, fixed at)
{
	if (!flow_has_transmission(flow))
		return false;
	if (!is_fresh(flow))
		return true;
	uint32_t before = flow->tx;
	if (!take_turn(flow, at))
		return false;
	if (flow->tx != before)
		flow->left_bits = (long double)flow_head_bits(flow);
	return true;
}

static void stand_still(struct flow *flow, fixed now)
{
	fixed left = flow->end > now ? flow->end - now : 0;
	flow->left_bits = (long double)left / (long double)flow->ns_per_bit;
	count_airtime(flow, now);
	flow->end = now;
}

static void go_on(struct flow *flow, fixed now)
{
	if (!take_turn_again(flow, now))
		return;
	flow->busy_from = now;
	flow->end = now + (fixed)(flow->left_bits * (long double)flow->ns_per_bit);
}

void flow_set_rate(struct flow *flow, double rate_bps, fixed at)
{
	if (flow_is_moving(flow))
		stand_still(flow, at);
	flow->rate_bps = rate_bps >= LINK_MIN_RATE_BPS ? rate_bps : 0;
	if (flow->rate_bps > 0) {
		flow->ns_per_bit = fixed_ns_per_bit(rate_bps);
		go_on(flow, at);
	}
}

// ---- without a clock

bool flow_begin(struct flow *flow, fixed at, fixed busy)
{
	if (!take_turn_again(flow, at))
		return false;
	flow->busy_from = busy;
	flow->on_air = true;
	return true;
}

void flow_interrupt(struct flow *flow, fixed busy, long double left_bits)
{
	count_airtime(flow, busy);
	flow->left_bits = left_bits;
	flow->on_air = false;
}

void flow_complete(struct flow *flow, fixed at, fixed busy)
{
	end_transmission(flow, at, busy);
	flow->on_air = false;
	if (flow_has_transmission(flow))
		flow->left_bits = (long double)flow_head_bits(flow);
}

// ---- in and out

static int make_room(struct flow *flow)
{
	if (flow->tail - flow->head < flow->capacity)
		return 0;
	uint32_t capacity = flow->capacity ? 2 * flow->capacity : 16;
	struct flow_entry *ring = capacity ? malloc(capacity * sizeof(*ring)) : NULL;
	if (!ring)
		return -ENOMEM;
	for (uint32_t i = flow->head; i != flow->tail; i++)
		ring[i & (capacity - 1)] = *flow_entry_at(flow, i);
	free(flow->ring);
	flow->ring = ring;
	flow->capacity = capacity;
	return 0;
}

static bool is_full(const struct flow *flow, uint32_t bytes)
{
	return flow->counters.queue_bytes + bytes > flow->limit_bytes ||
	       (flow->limit_packets && flow->counters.queue_packets >= flow->limit_packets);
}

static void start_from_idle(struct flow *flow, int64_t now)
{
	if (flow->rate_bps > 0) {
		// The band may be free only a fraction of a nanosecond after now: the last packet's end,
		// rounded up, is now.
		fixed at = fixed_later(flow->end, fixed_of(now));
		if (take_turn(flow, at))
			send_whole(flow, at);
	} else {
		flow->left_bits = (long double)flow_head_bits(flow);
	}
}

int flow_enqueue(struct flow *flow, uint32_t bytes, uint64_t cookie, int64_t now)
{
	bool full = is_full(flow, bytes);
	if (!full && make_room(flow) < 0)
		return -ENOMEM;
	flow->counters.enqueued_packets++;
	flow->counters.enqueued_bytes += bytes;
	if (full) {
		flow->counters.drops++;
		flow->counters.dropped_bytes += bytes;
		return -ENOBUFS;
	}
	bool was_idle = !flow_has_transmission(flow);
	*flow_entry_at(flow, flow->tail) =
	    (struct flow_entry){.enqueued_ns = now, .cookie = cookie, .bytes = bytes};
	flow->tail++;
	flow->counters.queue_packets++;
	flow->counters.queue_bytes += bytes;
	if (was_idle)
		start_from_idle(flow, now);
	return 0;
}

void flow_deliver(struct flow *flow, struct link_packet *out)
{
	const struct flow_entry *entry = flow_entry_at(flow, flow->head++);
	*out = (struct link_packet){.bytes = entry->bytes,
				    .fate = entry->fate,
				    .transmissions = entry->transmissions,
				    .cookie = entry->cookie,
				    .enqueued_ns = entry->enqueued_ns,
				    .start_ns = entry->start_ns,
				    .end_ns = entry->end_ns,
				    .deliver_ns = entry->deliver_ns};
	if (entry->fate != LINK_DELIVERED)
		return;
	flow->counters.delivered_packets++;
	flow->counters.delivered_bytes += entry->bytes;
}

void flow_read_counters(const struct flow *flow, fixed busy, struct link_counters *out)
{
	*out = flow->counters;
	fixed airtime = flow->airtime;
	if ((flow_is_moving(flow) || flow->on_air) && busy > flow->busy_from)
		airtime += busy - flow->busy_from;
	out->airtime_ns = fixed_round_up(airtime);
}
