// SPDX-License-Identifier: BSD-3-Clause
// The whole band to one UE at a time, handed over at the borders of the TTI grid and when a queue runs empty.
#include <string.h>

#include "mac/carrier.h"

static bool is_proportional(const struct carrier *carrier)
{
	return carrier->rule == &grant_proportional;
}

// Greatest urgency first, then the oldest last turn; the heap adds the lower number.
static heap_key key_of(const struct grant_rule *rule, const struct grant_ue *ue)
{
	double urgency = rule->urgency(ue) + 0.; // no -0
	uint64_t bits;
	memcpy(&bits, &urgency, sizeof(bits));
	// The bits of doubles stand in their order once the negative ones are turned round.
	uint64_t ascending = bits >> 63 ? ~bits : bits | 1ULL << 63;
	return (heap_key)~ascending << 64 | (heap_key)ue->last_turn << HEAP_ID_BITS;
}

// The UE's place among those that can be served, if it can.
static void refresh(struct carrier *carrier, uint32_t ue)
{
	struct flow *flow = carrier_flow(carrier, ue);
	struct grant_ue *state = &carrier->ues[ue];
	if (!flow_has_transmission(flow) || state->rate_bps <= 0) {
		heap_remove(&carrier->active, ue);
		return;
	}
	state->deadline_ns = flow_entry_at(flow, flow->tx)->enqueued_ns + carrier->relative_deadline_ns[ue];
	heap_set(&carrier->active, ue, key_of(carrier->rule, state));
}

static void plan_next(struct carrier *carrier)
{
	carrier->next_event_ns = carrier->active.n ? carrier->border_ns : TIME_NEVER;
	if (carrier->served == CARRIER_NOBODY)
		return;
	int64_t end_ns = fixed_round_up(carrier_flow(carrier, carrier->served)->end);
	if (end_ns < carrier->next_event_ns)
		carrier->next_event_ns = end_ns;
}

// What the UE in turn was served until `at` enters its mean.
static void account(struct carrier *carrier, fixed at)
{
	if (is_proportional(carrier) && carrier->served != CARRIER_NOBODY && at > carrier->served_from) {
		struct flow *flow = carrier_flow(carrier, carrier->served);
		double bits = (double)(at - carrier->served_from) / (double)flow->ns_per_bit;
		carrier->ues[carrier->served].mean_rate += grant_means_add(&carrier->means, bits);
	}
	carrier->served_from = at;
}

static void stop(struct carrier *carrier, fixed at)
{
	struct flow *flow = carrier_flow(carrier, carrier->served);
	flow_set_rate(flow, 0, at);
	link_reschedule(carrier->link, flow);
	carrier->served = CARRIER_NOBODY;
}

// A new turn, for the first in order, at `at`.
static void hand_over(struct carrier *carrier, fixed at)
{
	for (;;) {
		uint32_t next = carrier->active.n ? heap_top(&carrier->active) : CARRIER_NOBODY;
		if (carrier->served != CARRIER_NOBODY && carrier->served != next)
			stop(carrier, at);
		if (next == CARRIER_NOBODY)
			return;
		struct flow *flow = carrier_flow(carrier, next);
		carrier->ues[next].last_turn = ++carrier->n_turns;
		if (carrier->served != next) {
			flow_set_rate(flow, carrier->ues[next].rate_bps, at);
			link_reschedule(carrier->link, flow);
		}
		carrier->served = next;
		carrier->served_from = at;
		refresh(carrier, next);
		if (flow_has_transmission(flow))
			return; // else CoDel has dropped all it had
	}
}

static void pass_slots(struct carrier *carrier, int64_t slot)
{
	bool rescale = grant_means_pass(&carrier->means, slot - carrier->slot);
	carrier->slot = slot;
	if (!rescale)
		return;
	double factor = grant_means_rescale(&carrier->means);
	for (uint32_t i = 0; i < carrier->n_ues; i++) {
		carrier->ues[i].mean_rate *= factor;
		refresh(carrier, i);
	}
}

static void end_packet(struct carrier *carrier)
{
	uint32_t ue = carrier->served;
	struct flow *flow = carrier_flow(carrier, ue);
	fixed at = flow->end;
	flow_finish(flow);
	link_reschedule(carrier->link, flow);
	if (!flow_has_transmission(flow)) {
		account(carrier, at);
		refresh(carrier, ue);
		if (fixed_round_up(at) < carrier->border_ns)
			hand_over(carrier, at);
		else
			stop(carrier, at); // the border is next, and hands over
	} else if (carrier->rule == &grant_earliest_deadline) {
		refresh(carrier, ue);
	}
}

static void cross_border(struct carrier *carrier)
{
	fixed at = fixed_of(carrier->border_ns);
	account(carrier, at);
	if (is_proportional(carrier)) {
		pass_slots(carrier, carrier->border_ns / carrier->tti_ns);
		if (carrier->served != CARRIER_NOBODY)
			refresh(carrier, carrier->served);
	}
	hand_over(carrier, at);
	carrier->border_ns += carrier->tti_ns;
}

void turns_advance(struct carrier *carrier, int64_t to, bool decide)
{
	while (carrier->next_event_ns <= to) {
		bool ends = carrier->served != CARRIER_NOBODY &&
			    fixed_round_up(carrier_flow(carrier, carrier->served)->end) <= carrier->border_ns;
		if (ends)
			end_packet(carrier);
		else if (carrier->border_ns < to || decide)
			cross_border(carrier);
		else
			break;
		plan_next(carrier);
	}
}

// refresh, and the first border for a band that was idle.
static void enter(struct carrier *carrier, uint32_t ue, int64_t now)
{
	if (carrier->active.n == 0)
		carrier->border_ns = (now + carrier->tti_ns - 1) / carrier->tti_ns * carrier->tti_ns;
	refresh(carrier, ue);
}

void turns_arrive(struct carrier *carrier, uint32_t ue, int64_t now)
{
	enter(carrier, ue, now);
	plan_next(carrier);
}

void turns_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now)
{
	// A packet that ended a fraction of a nanosecond after now may have begun the turn already.
	fixed at = fixed_later(fixed_of(now), carrier->served == ue ? carrier->served_from : 0);
	if (carrier->served == ue)
		account(carrier, at);
	carrier->ues[ue].rate_bps = rate_bps;
	if (carrier->served == ue) {
		struct flow *flow = carrier_flow(carrier, ue);
		flow_set_rate(flow, rate_bps, at);
		link_reschedule(carrier->link, flow);
	}
	enter(carrier, ue, now);
	if (carrier->served == ue && !heap_has(&carrier->active, ue)) {
		if (now < carrier->border_ns)
			hand_over(carrier, at);
		else
			stop(carrier, at); // the border is next, and hands over
	}
	plan_next(carrier);
}

void turns_reorder(struct carrier *carrier, uint32_t ue)
{
	refresh(carrier, ue);
}
