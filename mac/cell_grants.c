// SPDX-License-Identifier: BSD-3-Clause
// The edge as scheduler: bands given and taken at run time, and what it has to know for that.
#include <errno.h>
#include <math.h>

#include "mac/cell_private.h"
#include "phy/rate.h"

#define BLOCK_SUBCARRIERS 12 // of a resource block: 3GPP TS 38.211, 4.4.4.1

double cell_granted_hz(struct cell *cell, int dir)
{
	double sum_hz = 0;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++)
		sum_hz += cell_flow_of(cell, ue, dir)->hertz;
	return sum_hz;
}

// One share by itself, and its place in the list.
static int check_share(struct cell *cell, int dir, const struct cell_share *shares, size_t i, struct err *err)
{
	const struct cell_carrier_config *config = &cell->config[dir];
	uint32_t ue = shares[i].ue;
	int rc = cell_check_flow(cell, ue, dir, err);
	if (rc < 0)
		return rc;
	rc = grant_check(shares[i].hertz, 0, INFINITY, err);
	if (rc == 0 && cell_flow_of(cell, ue, dir)->fixed_bps <= 0)
		rc = cell_check_hertz(config, shares[i].hertz, err);
	if (rc == 0 && i > 0 && ue <= shares[i - 1].ue)
		rc = err_set(err, EINVAL, "a grant after that of UE %u: each UE once, in ascending order",
			     shares[i - 1].ue);
	if (rc < 0)
		err_prefix(err, "cell: UE %u", ue);
	return rc;
}

// All UEs' bands as they would be: the last share is told apart, so that the sentence names it.
static int check_sum(struct cell *cell, int dir, const struct cell_share *shares, size_t n, struct err *err)
{
	const struct cell_share *last = &shares[n - 1];
	double others_hz = cell_granted_hz(cell, dir);
	for (size_t i = 0; i < n; i++)
		others_hz += shares[i].hertz - cell_flow_of(cell, shares[i].ue, dir)->hertz;
	int rc = grant_check(last->hertz, others_hz - last->hertz, cell->config[dir].band_hz, err);
	if (rc < 0)
		err_prefix(err, "cell: UE %u", last->ue);
	return rc;
}

static int check_shares(struct cell *cell, int dir, const struct cell_share *shares, size_t n,
			struct err *err)
{
	if (dir < 0 || dir >= LINK_DIRS)
		return cell_check_flow(cell, 0, dir, err);
	if (cell->config[dir].strategy != GRANT_GRANTED)
		return err_set(err, EINVAL, "cell: the strategy is %s: bands are given with %s only",
			       cell->carrier[dir].rule->name, grant_granted.name);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = check_share(cell, dir, shares, i, err);
	return rc < 0 || n == 0 ? rc : check_sum(cell, dir, shares, n, err);
}

int cell_grant_all(struct cell *cell, enum link_dir dir, const struct cell_share *shares, size_t n,
		   int64_t now, struct err *err)
{
	int rc = check_shares(cell, (int)dir, shares, n, err);
	if (rc < 0)
		return rc;
	now = cell_move_to(cell, now);
	for (size_t i = 0; i < n; i++) {
		cell_flow_of(cell, shares[i].ue, (int)dir)->hertz = shares[i].hertz;
		cell_update_rate(cell, shares[i].ue, (int)dir, now);
	}
	return 0;
}

int cell_grant(struct cell *cell, uint32_t ue, enum link_dir dir, double hertz, int64_t now, struct err *err)
{
	return cell_grant_all(cell, dir, &(struct cell_share){ue, hertz}, 1, now, err);
}

uint32_t cell_n_ues(const struct cell *cell)
{
	return cell->n_ues;
}

const struct cell_carrier_config *cell_band(const struct cell *cell, enum link_dir dir)
{
	return &cell->config[dir];
}

double cell_least_hz(const struct cell *cell, enum link_dir dir)
{
	const struct link_rate *rate = &cell->config[dir].rate;
	return rate->model == LINK_RATE_NR ? BLOCK_SUBCARRIERS * rate->spacing_hz : 0;
}

static double power_to_noise_hz(const struct cell *cell, const struct cell_flow *flow, uint32_t ue, int dir)
{
	const struct cell_carrier_config *config = &cell->config[dir];
	if (flow->fixed_bps > 0)
		return 0;
	return snr_linear(flow->tx_w, cell->gain_db[ue],
			  noise_w(config->noise_dbm_hz, 1, config->noise_figure_db));
}

int cell_read_state(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now, struct cell_ue_state *out)
{
	struct cell_radio radio;
	struct link_counters counters;
	int rc = cell_read_radio(cell, ue, dir, now, &radio);
	if (rc < 0)
		return rc;
	cell_read_counters(cell, ue, dir, now, &counters);
	*out = (struct cell_ue_state){
	    .gain_db = radio.gain_db,
	    .hertz = radio.hertz,
	    .rate_bps = radio.rate_bps,
	    .whole_band_bps = cell_bps_over(cell, ue, (int)dir, cell->config[dir].band_hz),
	    .power_to_noise_hz = power_to_noise_hz(cell, cell_flow_of(cell, ue, (int)dir), ue, (int)dir),
	    .queue_bytes = counters.queue_bytes,
	    .queue_packets = counters.queue_packets};
	return 0;
}
