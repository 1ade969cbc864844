// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>

#include "mac/cell_private.h"

// ---- time

static void advance_carriers(struct cell *cell, int64_t to, bool decide)
{
	for (int dir = 0; dir < LINK_DIRS; dir++)
		carrier_advance(&cell->carrier[dir], to, decide);
	link_advance(cell->link, to);
}

// Gains change at the multiples of the interval. Where nothing waits, the last one counts alone.
static void advance_gains(struct cell *cell, int64_t to)
{
	while (cell->next_gain_ns <= to) {
		if (cell->quiet)
			cell->next_gain_ns = to / cell->gain_interval_ns * cell->gain_interval_ns;
		cell->gain_ns = cell->next_gain_ns;
		advance_carriers(cell, cell->gain_ns, false);
		cell_update_gains(cell);
		cell->next_gain_ns += cell->gain_interval_ns;
	}
}

void cell_advance(struct cell *cell, int64_t now)
{
	while (cell_next_trace_ns(cell) <= now) {
		int64_t at_ns = cell_next_trace_ns(cell);
		advance_gains(cell, at_ns);
		advance_carriers(cell, at_ns, false);
		cell_take_trace(cell);
	}
	if (!cell->only_packets) {
		advance_gains(cell, now);
		advance_carriers(cell, now, true);
	}
	link_advance(cell->link, now);
}

int64_t cell_move_to(struct cell *cell, int64_t now)
{
	cell_advance(cell, now);
	return cell->link->now_ns;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t cell_next_event(const struct cell *cell)
{
	int64_t delivery_ns = link_next_event(cell->link);
	if (cell->only_packets)
		return delivery_ns;
	int64_t change_ns =
	    earlier(cell->carrier[LINK_UP].next_event_ns, cell->carrier[LINK_DOWN].next_event_ns);
	change_ns = earlier(change_ns, cell_next_trace_ns(cell));
	if (!cell->quiet)
		change_ns = earlier(change_ns, cell->next_gain_ns);
	if (change_ns == TIME_NEVER)
		return delivery_ns;
	// What a change brings about is delivered no earlier than a delay after it.
	return earlier(delivery_ns, change_ns + cell->min_delay_ns);
}

int64_t cell_least_delay_ns(const struct cell *cell)
{
	int64_t least_ns = TIME_NEVER;
	for (uint32_t i = 0; i < cell->n_ues * LINK_DIRS; i++) {
		if (cell->flows[i].trace)
			return 0;
		least_ns = earlier(least_ns, cell->link->flows[i].delay_ns);
	}
	return least_ns;
}

// ---- packets

int cell_enqueue(struct cell *cell, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now)
{
	if (cell->only_packets)
		return link_enqueue(cell->link, ue, dir, bytes, cookie, now);
	if (ue >= cell->n_ues || (unsigned)dir >= LINK_DIRS)
		return -EINVAL;
	now = cell_move_to(cell, now);
	struct carrier *carrier = &cell->carrier[dir];
	bool was_idle = !flow_has_transmission(carrier_flow(carrier, ue));
	cell_refresh_trace(cell, ue, (int)dir, now);
	cell_refresh(cell, ue, (int)dir, now);
	int rc = link_enqueue(cell->link, ue, dir, bytes, cookie, now);
	if (rc < 0)
		return rc;
	cell->quiet = false;
	if (was_idle)
		carrier_arrive(carrier, ue, now);
	cell_follow_trace(cell, ue, (int)dir, now);
	return 0;
}

size_t cell_dequeue(struct cell *cell, int64_t now, struct link_packet *out, size_t max)
{
	if (!cell->only_packets)
		cell_advance(cell, now);
	return link_dequeue(cell->link, now, out, max);
}

int cell_drain(struct cell *cell, uint64_t *cookie)
{
	return link_drain(cell->link, cookie);
}

void cell_read_counters(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now,
			struct link_counters *out)
{
	now = cell_move_to(cell, now);
	bool known = ue < cell->n_ues && (unsigned)dir < LINK_DIRS;
	struct carrier *carrier = known ? &cell->carrier[dir] : NULL;
	if (carrier && carrier->rule->sharing == GRANT_AT_ONCE)
		flow_read_counters(carrier_flow(carrier, ue), shared_busy_clock(carrier, now), out);
	else
		link_read_counters(cell->link, ue, dir, now, out);
}

int cell_check_flow(const struct cell *cell, uint32_t ue, int dir, struct err *err)
{
	if (ue >= cell->n_ues)
		return err_set(err, EINVAL, "cell: there is no UE %u: the last one is %u", ue,
			       cell->n_ues - 1);
	if (dir < 0 || dir >= LINK_DIRS)
		return err_set(err, EINVAL, "cell: direction %d is neither uplink (0) nor downlink (1)", dir);
	return 0;
}

// ---- what is

// A trace's jitter lies around its latency, not on top.
static int64_t fixed_delay_ns(const struct cell_flow *state, const struct flow *flow)
{
	bool around = state->trace && state->trace->has_jitter;
	return flow->delay_ns + (around ? flow->impairment->config.jitter.mean_ns : 0);
}

int cell_read_radio(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now, struct cell_radio *out)
{
	int rc = cell_check_flow(cell, ue, (int)dir, NULL);
	if (rc < 0)
		return rc;
	now = cell_move_to(cell, now);
	cell_refresh_trace(cell, ue, (int)dir, now);
	cell_refresh(cell, ue, (int)dir, now);
	const struct cell_flow *flow = cell_flow_of(cell, ue, (int)dir);
	double share = carrier_share(&cell->carrier[dir], ue);
	*out = (struct cell_radio){
	    .gain_db = cell->gain_db[ue],
	    .hertz = cell_has_own_bands(cell, (int)dir) ? flow->hertz : share * cell->config[dir].band_hz,
	    .band_hz = cell_has_own_bands(cell, (int)dir) ? flow->hertz : cell->config[dir].band_hz,
	    .snr = flow->snr,
	    .rate_bps = flow->delivery && flow->follows
			    ? delivery_trace_recent_bps(flow->delivery, now - cell->origin_ns)
			    : flow->choice.rate_bps,
	    .bler = flow->choice.bler,
	    .mcs = flow->choice.mcs,
	    .delay_ns = fixed_delay_ns(flow, carrier_flow(&cell->carrier[dir], ue))};
	return 0;
}

const struct impairment_config *cell_impairment(struct cell *cell, uint32_t ue, enum link_dir dir)
{
	static const struct impairment_config nothing = {.random = 0};
	const struct impairment *impairment = carrier_flow(&cell->carrier[dir], ue)->impairment;
	return impairment ? &impairment->config : &nothing;
}

int cell_expect(struct cell *cell, uint32_t ue, enum link_dir dir, uint32_t packet_bytes, int64_t now,
		struct goodput *out)
{
	struct cell_radio radio;
	int rc = cell_read_radio(cell, ue, dir, now, &radio);
	if (rc < 0)
		return rc;
	*out = goodput_of(cell_impairment(cell, ue, dir), radio.rate_bps, 8. * packet_bytes);
	double delay_s = ns_to_s(radio.delay_ns);
	out->stream_late_s += delay_s;
	out->lone_late_s += delay_s;
	return 0;
}
