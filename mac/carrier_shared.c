// SPDX-License-Identifier: BSD-3-Clause
// Equal shares at once, exactly: generalised processor sharing by virtual time (Parekh, Gallager 1993, with
// equal weights).
#include "mac/carrier.h"

static fixed virtual_gap(const struct carrier *carrier, uint32_t ue)
{
	fixed end = carrier->virtual_end[ue];
	return end > carrier->virtual_now ? end - carrier->virtual_now : 0;
}

static void plan_next(struct carrier *carrier)
{
	uint32_t n = carrier->active.n;
	carrier->next_event_ns = TIME_NEVER;
	if (n == 0)
		return;
	fixed gap = virtual_gap(carrier, heap_top(&carrier->active));
	// A crumb of a rate shared by very many could lie beyond the end of time.
	if (gap < fixed_of(TIME_NEVER / 2) / n)
		carrier->next_event_ns = fixed_round_up(carrier->at + gap * n);
}

// Both clocks to `at`, no departure in between.
static void pass(struct carrier *carrier, fixed at)
{
	if (at <= carrier->at)
		return; // a departure a fraction of a nanosecond later has been seen to already
	if (carrier->active.n)
		carrier->virtual_now += (at - carrier->at) / carrier->active.n;
	carrier->at = at;
}

fixed shared_busy_clock(const struct carrier *carrier, int64_t now)
{
	fixed at = fixed_of(now);
	bool passes = carrier->active.n > 0 && at > carrier->at;
	return carrier->virtual_now + (passes ? (at - carrier->at) / carrier->active.n : 0);
}

static void join_or_leave(struct carrier *carrier, uint32_t ue)
{
	struct flow *flow = carrier_flow(carrier, ue);
	if (carrier->ns_per_bit[ue] > 0 && flow_begin(flow, carrier->at, carrier->virtual_now)) {
		carrier->virtual_end[ue] =
		    carrier->virtual_now + (fixed)(flow->left_bits * (long double)carrier->ns_per_bit[ue]);
		heap_set(&carrier->active, ue, carrier->virtual_end[ue]);
	} else {
		heap_remove(&carrier->active, ue);
	}
	link_reschedule(carrier->link, flow);
}

void shared_advance(struct carrier *carrier, int64_t to)
{
	while (carrier->next_event_ns <= to) {
		uint32_t ue = heap_top(&carrier->active);
		fixed gap = virtual_gap(carrier, ue);
		carrier->virtual_now += gap;
		carrier->at += gap * carrier->active.n;
		flow_complete(carrier_flow(carrier, ue), carrier->at, carrier->virtual_now);
		join_or_leave(carrier, ue);
		plan_next(carrier);
	}
}

void shared_arrive(struct carrier *carrier, uint32_t ue, int64_t now)
{
	pass(carrier, fixed_of(now));
	join_or_leave(carrier, ue);
	plan_next(carrier);
}

void shared_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now)
{
	pass(carrier, fixed_of(now));
	if (heap_has(&carrier->active, ue)) {
		long double left_bits =
		    (long double)virtual_gap(carrier, ue) / (long double)carrier->ns_per_bit[ue];
		flow_interrupt(carrier_flow(carrier, ue), carrier->virtual_now, left_bits);
	}
	carrier->ns_per_bit[ue] = rate_bps > 0 ? fixed_ns_per_bit(rate_bps) : 0;
	join_or_leave(carrier, ue);
	plan_next(carrier);
}
