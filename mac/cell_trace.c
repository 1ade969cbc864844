// SPDX-License-Identifier: BSD-3-Clause
// Flows that follow a recorded link: opportunities of a delivery trace, rows of a link trace.
#include <errno.h>

#include "mac/cell_private.h"

// A normal latency of deviation s is a delay of mean - 3 s and a jitter of mean 3 s that is cut at 0: 0.13 %
// of the packets are less early than they would be.
#define JITTER_REACH 3

static uint32_t number_of(uint32_t ue, int dir)
{
	return ue * LINK_DIRS + (uint32_t)dir;
}

static void wake_at(struct cell *cell, uint32_t ue, int dir, int64_t at_ns)
{
	if (at_ns == TIME_NEVER)
		heap_remove(&cell->traces, number_of(ue, dir));
	else
		heap_set(&cell->traces, number_of(ue, dir), (heap_key)(uint64_t)at_ns << 64);
}

static int64_t later_by(int64_t origin_ns, int64_t ns)
{
	return ns > TIME_NEVER - origin_ns ? TIME_NEVER : origin_ns + ns;
}

// ---- delivery traces

// Sends up to an opportunity's bits; its airtime is shared out by what is used.
static void use_opportunity(struct cell *cell, struct cell_flow *state, struct flow *flow, int64_t at_ns)
{
	const long double whole_bits = 8 * DELIVERY_BYTES;
	long double bits = whole_bits;
	fixed at = fixed_of(at_ns);
	while (bits > 0 && flow_begin(flow, at, at)) {
		long double cost_bits = delivery_cost_bits(flow->left_bits);
		if (cost_bits > bits) {
			flow_interrupt(flow, at, flow->left_bits - bits);
			bits = 0;
		} else {
			bits -= cost_bits;
			flow_complete(flow, at, at);
		}
	}
	int64_t airtime_ns = delivery_trace_airtime_ns(state->delivery, at_ns - cell->origin_ns);
	flow->airtime += (fixed)((whole_bits - bits) / whole_bits * (long double)airtime_ns * 0x1p64L);
}

static int64_t next_opportunity_ns(const struct cell *cell, const struct cell_flow *state)
{
	return later_by(cell->origin_ns, delivery_trace_ns(state->delivery, state->opportunity));
}

static void begin_opportunities(struct cell *cell, struct cell_flow *state, uint32_t ue, int dir, int64_t now)
{
	state->follows = true;
	state->opportunity = 0;
	cell_update_rate(cell, ue, dir, now); // no clock of its own from here on
	bool waits = flow_has_transmission(carrier_flow(&cell->carrier[dir], ue));
	wake_at(cell, ue, dir, waits ? next_opportunity_ns(cell, state) : TIME_NEVER);
}

static void deliver(struct cell *cell, struct cell_flow *state, uint32_t ue, int dir, int64_t now)
{
	struct flow *flow = carrier_flow(&cell->carrier[dir], ue);
	if (!state->follows) {
		begin_opportunities(cell, state, ue, dir, now);
		return;
	}
	use_opportunity(cell, state, flow, now);
	link_reschedule(cell->link, flow);
	state->opportunity++;
	wake_at(cell, ue, dir, flow_has_transmission(flow) ? next_opportunity_ns(cell, state) : TIME_NEVER);
}

// ---- link traces

static void apply_row(struct cell_flow *state, struct flow *flow, const struct link_state *row)
{
	struct impairment_config *impairment = &flow->impairment->config;
	state->row_of_radio = row->of_radio;
	state->row_bps = row->rate_bps;
	flow->limit_packets = row->limit;
	impairment->random = row->loss;
	if (state->trace->has_jitter)
		impairment->jitter = (struct jitter){.kind = row->jitter_ns > 0 ? JITTER_NORMAL : JITTER_NONE,
						     .spread_ns = row->jitter_ns};
	cell_put_latency(state, flow, row->latency_ns);
}

// The row of now; before the origin the first that lets packets through, for UEs have to connect.
static void take_row(struct cell *cell, struct cell_flow *state, uint32_t ue, int dir, int64_t now)
{
	struct flow *flow = carrier_flow(&cell->carrier[dir], ue);
	state->follows = cell->origin_ns <= now;
	struct link_state row = link_trace_before(state->trace);
	state->until_ns = cell->origin_ns;
	if (state->follows) {
		row = link_trace_at(state->trace, now - cell->origin_ns, &state->until_ns);
		state->until_ns = later_by(cell->origin_ns, state->until_ns);
	}
	flow_advance(flow, now); // what is sent by now met the row before
	apply_row(state, flow, &row);
	cell_update_rate(cell, ue, dir, now);
	link_reschedule(cell->link, flow);
}

static bool is_waiting(struct cell *cell, uint32_t ue, int dir, int64_t now)
{
	struct flow *flow = carrier_flow(&cell->carrier[dir], ue);
	flow_advance(flow, now);
	return flow_has_transmission(flow);
}

// ---- for the cell

void cell_put_latency(const struct cell_flow *state, struct flow *flow, int64_t latency_ns)
{
	flow->delay_ns = latency_ns;
	if (!state->trace || !state->trace->has_jitter)
		return;
	struct jitter *jitter = &flow->impairment->config.jitter;
	int64_t reach_ns = JITTER_REACH * jitter->spread_ns;
	jitter->mean_ns = reach_ns < latency_ns ? reach_ns : latency_ns;
	flow->delay_ns -= jitter->mean_ns;
}

void cell_take_trace(struct cell *cell)
{
	int64_t at_ns = cell_next_trace_ns(cell);
	uint32_t id = heap_top(&cell->traces), ue = id / LINK_DIRS;
	int dir = (int)(id % LINK_DIRS);
	struct cell_flow *state = cell_flow_of(cell, ue, dir);
	if (state->delivery) {
		deliver(cell, state, ue, dir, at_ns);
		return;
	}
	take_row(cell, state, ue, dir, at_ns);
	wake_at(cell, ue, dir, is_waiting(cell, ue, dir, at_ns) ? state->until_ns : TIME_NEVER);
}

void cell_refresh_trace(struct cell *cell, uint32_t ue, int dir, int64_t now)
{
	struct cell_flow *state = cell_flow_of(cell, ue, dir);
	if (state->trace && now >= state->until_ns)
		take_row(cell, state, ue, dir, now);
}

void cell_follow_trace(struct cell *cell, uint32_t ue, int dir, int64_t now)
{
	struct cell_flow *state = cell_flow_of(cell, ue, dir);
	if (!cell_is_traced(state) || !state->follows || heap_has(&cell->traces, number_of(ue, dir)))
		return;
	if (state->delivery) {
		state->opportunity = delivery_trace_count(state->delivery, now - cell->origin_ns);
		wake_at(cell, ue, dir, next_opportunity_ns(cell, state));
	} else {
		wake_at(cell, ue, dir, state->until_ns);
	}
}

bool cell_trace_rate(const struct cell_flow *flow, double *rate_bps)
{
	if (flow->delivery) {
		*rate_bps = flow->follows ? 0 : delivery_trace_bps(flow->delivery);
		return true;
	}
	*rate_bps = flow->row_bps;
	return flow->trace && !flow->row_of_radio;
}

void cell_set_origin(struct cell *cell, int64_t origin_ns, int64_t now)
{
	if (cell->n_traced == 0 || cell->origin_ns != TIME_NEVER)
		return;
	cell_advance(cell, now);
	now = cell->link->now_ns;
	cell->origin_ns = origin_ns > now ? origin_ns : now;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++)
		for (int dir = 0; dir < LINK_DIRS; dir++)
			if (cell_is_traced(cell_flow_of(cell, ue, dir)))
				wake_at(cell, ue, dir, cell->origin_ns);
}

// ---- at the start

static int check(const struct cell *cell, const struct cell_flow_config *from, int dir, struct err *err)
{
	if (from->delivery && from->trace)
		return err_set(err, EINVAL, "a flow follows a delivery trace or a link trace, not both");
	if (from->delivery && !cell_has_own_bands(cell, dir))
		return err_set(err, EINVAL,
			       "a delivery trace is a link of one UE's own: it goes with bands of their own, "
			       "not with %s",
			       cell->carrier[dir].rule->name);
	return 0;
}

static int init_trace(struct cell *cell, const struct cell_config *config, uint32_t ue, int dir,
		      struct err *err)
{
	const struct cell_flow_config *from = &config->ues[ue].flow[dir];
	struct cell_flow *state = cell_flow_of(cell, ue, dir);
	int rc = check(cell, from, dir, err);
	if (rc < 0 || (!from->delivery && !from->trace))
		return rc;
	cell->n_traced++;
	state->delivery = from->delivery;
	state->trace = from->trace;
	if (state->delivery)
		return 0;
	// The rows change its loss: there must be one to change.
	rc = cell_apply_loss(cell, ue, dir, &from->impairment, err);
	if (rc == 0)
		take_row(cell, state, ue, dir, cell->link->now_ns);
	return rc;
}

int cell_init_traces(struct cell *cell, const struct cell_config *config, struct err *err)
{
	int rc = 0;
	cell->origin_ns = TIME_NEVER;
	for (uint32_t ue = 0; rc == 0 && ue < cell->n_ues; ue++)
		for (int dir = 0; rc == 0 && dir < LINK_DIRS; dir++) {
			rc = init_trace(cell, config, ue, dir, err);
			if (rc < 0)
				err_prefix(err, "cell: UE %u", ue);
		}
	if (rc == 0 && cell->n_traced > 0 && heap_init(&cell->traces, cell->n_ues * LINK_DIRS) < 0)
		rc = err_set(err, ENOMEM, "cell: no memory for the traces of %u UEs", cell->n_ues);
	cell->min_delay_ns = cell_least_delay_ns(cell);
	return rc;
}
