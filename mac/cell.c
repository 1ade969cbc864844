// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>

#include "mac/cell_inside.h"

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
	if (!cell->only_packets) {
		advance_gains(cell, now);
		advance_carriers(cell, now, true);
	}
	link_advance(cell->link, now);
}

// The instant that a call which says now takes place at.
static int64_t move_to(struct cell *cell, int64_t now)
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
	if (!cell->quiet)
		change_ns = earlier(change_ns, cell->next_gain_ns);
	if (change_ns == TIME_NEVER)
		return delivery_ns;
	// What a change brings about is delivered no earlier than a delay after it.
	return earlier(delivery_ns, change_ns + cell->min_delay_ns);
}

// ---- packets

int cell_enqueue(struct cell *cell, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now)
{
	if (cell->only_packets)
		return link_enqueue(cell->link, ue, dir, bytes, cookie, now);
	if (ue >= cell->n_ues || (unsigned)dir >= LINK_DIRS)
		return -EINVAL;
	now = move_to(cell, now);
	struct carrier *carrier = &cell->carrier[dir];
	bool was_idle = !flow_has_transmission(carrier_flow(carrier, ue));
	cell_refresh(cell, ue, (int)dir, now);
	int rc = link_enqueue(cell->link, ue, dir, bytes, cookie, now);
	if (rc < 0)
		return rc;
	cell->quiet = false;
	if (was_idle)
		carrier_arrive(carrier, ue, now);
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
	cell_advance(cell, now);
	link_read_counters(cell->link, ue, dir, now, out);
}

// ---- changes

static int check_flow(const struct cell *cell, uint32_t ue, int dir, struct err *err)
{
	if (ue >= cell->n_ues)
		return err_set(err, EINVAL, "cell: there is no UE %u: the last one is %u", ue,
			       cell->n_ues - 1);
	if (dir < 0 || dir >= LINK_DIRS)
		return err_set(err, EINVAL, "cell: direction %d is neither uplink (0) nor downlink (1)", dir);
	return 0;
}

int cell_set_gain(struct cell *cell, uint32_t ue, double gain_db, int64_t now, struct err *err)
{
	int rc = check_flow(cell, ue, 0, err);
	if (rc < 0)
		return rc;
	if (isnan(gain_db))
		return err_set(err, EINVAL, "cell: the gain of UE %u is not a number", ue);
	now = move_to(cell, now);
	cell->gain_db[ue] = gain_db;
	cell->gain_is_old[ue] = false;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		cell_update_rate(cell, ue, dir, now);
	return 0;
}

static double granted_hz(struct cell *cell, int dir)
{
	double sum_hz = 0;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++)
		sum_hz += cell_flow_of(cell, ue, dir)->hertz;
	return sum_hz;
}

int cell_set_bandwidth(struct cell *cell, enum link_dir dir, double band_hz, int64_t now, struct err *err)
{
	int rc = check_flow(cell, 0, (int)dir, err);
	if (rc < 0)
		return rc;
	if (!(isfinite(band_hz) && band_hz >= 0))
		return err_set(err, EINVAL, "cell: a band of %g Hz: it must be 0 or more", band_hz);
	struct cell_carrier_config *config = &cell->config[dir];
	if (config->strategy == GRANT_GRANTED &&
	    (rc = grant_check(0, granted_hz(cell, (int)dir), band_hz, err)) < 0) {
		err_prefix(err, "cell: a band of %g Hz is too small for the grants", band_hz);
		return rc;
	}
	now = move_to(cell, now);
	double growth = config->band_hz > 0 ? band_hz / config->band_hz : 0;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++) {
		struct cell_flow *flow = cell_flow_of(cell, ue, (int)dir);
		if (config->strategy == GRANT_OWN_BAND)
			flow->hertz = growth > 0 ? flow->hertz * growth : band_hz / cell->n_ues;
	}
	config->band_hz = band_hz;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++)
		cell_update_rate(cell, ue, (int)dir, now);
	return 0;
}

int cell_grant(struct cell *cell, uint32_t ue, enum link_dir dir, double hertz, int64_t now, struct err *err)
{
	int rc = check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	const struct cell_carrier_config *config = &cell->config[dir];
	if (config->strategy != GRANT_GRANTED)
		return err_set(err, EINVAL, "cell: the strategy is %s: bands are given with %s only",
			       cell->carrier[dir].rule->name, grant_granted.name);
	struct cell_flow *flow = cell_flow_of(cell, ue, (int)dir);
	rc = grant_check(hertz, granted_hz(cell, (int)dir) - flow->hertz, config->band_hz, err);
	if (rc == 0 && flow->fixed_bps <= 0)
		rc = cell_check_hertz(config, hertz, err);
	if (rc < 0) {
		err_prefix(err, "cell: UE %u", ue);
		return rc;
	}
	now = move_to(cell, now);
	flow->hertz = hertz;
	cell_update_rate(cell, ue, (int)dir, now);
	return 0;
}

int cell_apply_loss(struct cell *cell, uint32_t ue, int dir, const struct impairment_config *config,
		    struct err *err)
{
	struct cell_flow *flow = cell_flow_of(cell, ue, dir);
	int rc = impairment_check(config, err);
	if (rc < 0)
		return rc;
	if (!flow->rng)
		flow->rng = rng_new(cell->seed, cell->run, RNG_LOSS, ue * LINK_DIRS + (uint32_t)dir);
	if (!flow->rng || flow_set_impairment(carrier_flow(&cell->carrier[dir], ue), config, flow->rng) < 0)
		return err_set(err, ENOMEM, "cell: no memory for the losses of UE %u", ue);
	return 0;
}

int cell_set_loss(struct cell *cell, uint32_t ue, enum link_dir dir, const struct impairment_config *config,
		  int64_t now, struct err *err)
{
	int rc = check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	now = move_to(cell, now);
	flow_advance(carrier_flow(&cell->carrier[dir], ue), now);
	rc = cell_apply_loss(cell, ue, (int)dir, config, err);
	if (rc < 0) {
		err_prefix(err, "cell: UE %u", ue);
		return rc;
	}
	cell_update_rate(cell, ue, (int)dir, now); // and the radio's block error rates
	return 0;
}

int cell_set_deadline(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t deadline_ns, int64_t now,
		      struct err *err)
{
	int rc = check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	if (deadline_ns < 0)
		return err_set(err, EINVAL, "cell: a deadline of %lld ns lies before the arrival",
			       (long long)deadline_ns);
	cell_advance(cell, now);
	cell->carrier[dir].relative_deadline_ns[ue] = deadline_ns;
	carrier_reorder(&cell->carrier[dir], ue);
	return 0;
}

int cell_set_priority(struct cell *cell, uint32_t ue, enum link_dir dir, int32_t priority, int64_t now,
		      struct err *err)
{
	int rc = check_flow(cell, ue, (int)dir, err);
	if (rc < 0)
		return rc;
	cell_advance(cell, now);
	cell->carrier[dir].ues[ue].priority = priority;
	carrier_reorder(&cell->carrier[dir], ue);
	return 0;
}

// ---- what is

int cell_read_radio(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now, struct cell_radio *out)
{
	int rc = check_flow(cell, ue, (int)dir, NULL);
	if (rc < 0)
		return rc;
	now = move_to(cell, now);
	cell_refresh(cell, ue, (int)dir, now);
	const struct cell_flow *flow = cell_flow_of(cell, ue, (int)dir);
	double share = carrier_share(&cell->carrier[dir], ue);
	*out = (struct cell_radio){
	    .gain_db = cell->gain_db[ue],
	    .hertz = cell_has_own_bands(cell, (int)dir) ? flow->hertz : share * cell->config[dir].band_hz,
	    .band_hz = cell_has_own_bands(cell, (int)dir) ? flow->hertz : cell->config[dir].band_hz,
	    .snr = flow->snr,
	    .rate_bps = flow->choice.rate_bps,
	    .bler = flow->choice.bler,
	    .mcs = flow->choice.mcs};
	return 0;
}
