// SPDX-License-Identifier: BSD-3-Clause
// From gains to rates and block error rates.
#include <errno.h>
#include <math.h>

#include "mac/cell_private.h"
#include "phy/decibel.h"
#include "phy/nr.h"
#include "phy/rate.h"

int cell_check_hertz(const struct cell_carrier_config *config, double hertz, struct err *err)
{
	if (config->rate.model != LINK_RATE_NR || hertz <= 0)
		return 0;
	int n = nr_resource_blocks(hertz, config->rate.spacing_hz, err);
	return n < 0 ? n : 0;
}

static struct link_rate_choice fixed_rate(const struct cell_flow *flow, double hertz)
{
	double part = hertz == flow->start_hz ? 1 : hertz / flow->start_hz; // also of a band of 0 Hz
	return (struct link_rate_choice){.rate_bps = isfinite(part) ? flow->fixed_bps * part : 0, .mcs = -1};
}

static struct link_rate_choice radio_rate(const struct cell_carrier_config *config, struct cell_flow *flow,
					  double hertz, double gain_db)
{
	struct link_rate_choice choice = {.mcs = -1};
	flow->snr = 0;
	if (hertz <= 0)
		return choice;
	if (hertz != flow->noise_hz) {
		flow->noise_hz = hertz;
		flow->noise_w = noise_w(config->noise_dbm_hz, hertz, config->noise_figure_db);
	}
	flow->snr = snr_linear(flow->tx_w, gain_db, flow->noise_w);
	if (link_rate_choose(&config->rate, flow->snr, hertz, &choice, NULL) < 0)
		choice = (struct link_rate_choice){.mcs = -1}; // no resource block fits
	return choice;
}

// The block error rates of the scheme chosen, of each transmission.
static void update_bler(const struct cell_carrier_config *config, const struct cell_flow *flow, double hertz,
			struct harq *harq)
{
	for (uint32_t i = 0; i <= HARQ_MAX_RETRANSMISSIONS; i++) {
		struct link_rate_choice again = {.bler = 0};
		double snr = flow->snr * db_to_linear(flow->soft_gain_db * i);
		if (flow->choice.mcs >= 0 && i <= harq->max_retransmissions)
			link_rate_of_mcs(&config->rate, flow->choice.mcs, snr, hertz, &again, NULL);
		harq->bler[i] = again.bler;
	}
}

static struct link_rate_choice untraced_rate(struct cell *cell, uint32_t ue, int dir, double hertz)
{
	struct cell_flow *flow = cell_flow_of(cell, ue, dir);
	return flow->fixed_bps > 0 ? fixed_rate(flow, hertz)
				   : radio_rate(&cell->config[dir], flow, hertz, cell->gain_db[ue]);
}

double cell_bps_over(struct cell *cell, uint32_t ue, int dir, double hertz)
{
	struct cell_flow trial = *cell_flow_of(cell, ue, dir);
	struct link_rate_choice choice =
	    trial.fixed_bps > 0 ? fixed_rate(&trial, hertz)
				: radio_rate(&cell->config[dir], &trial, hertz, cell->gain_db[ue]);
	return fmin(choice.rate_bps, LINK_MAX_RATE_BPS);
}

static double hertz_of(struct cell *cell, uint32_t ue, int dir)
{
	return cell_has_own_bands(cell, dir) ? cell_flow_of(cell, ue, dir)->hertz : cell->config[dir].band_hz;
}

double cell_untraced_bps(struct cell *cell, uint32_t ue, enum link_dir dir)
{
	return untraced_rate(cell, ue, (int)dir, hertz_of(cell, ue, (int)dir)).rate_bps;
}

void cell_update_rate(struct cell *cell, uint32_t ue, int dir, int64_t now)
{
	const struct cell_carrier_config *config = &cell->config[dir];
	struct cell_flow *flow = cell_flow_of(cell, ue, dir);
	struct carrier *carrier = &cell->carrier[dir];
	flow->rate_is_old = false;
	double hertz = hertz_of(cell, ue, dir), traced_bps;
	if (cell_is_traced(flow) && cell_trace_rate(flow, &traced_bps))
		flow->choice = (struct link_rate_choice){.rate_bps = traced_bps, .mcs = -1};
	else
		flow->choice = untraced_rate(cell, ue, dir, hertz);
	flow->choice.rate_bps = fmin(flow->choice.rate_bps, LINK_MAX_RATE_BPS);
	flow_advance(carrier_flow(carrier, ue), now); // what is sent by now met the old rates
	carrier_set_rate(carrier, ue, flow->choice.rate_bps, now);
	struct impairment *impairment = carrier_flow(carrier, ue)->impairment;
	if (flow->radio_bler && impairment)
		update_bler(config, flow, hertz, &impairment->config.harq);
}

static bool has_backlog(struct cell *cell, uint32_t ue, int dir)
{
	struct flow *flow = carrier_flow(&cell->carrier[dir], ue);
	flow_advance(flow, cell->gain_ns);
	return flow_has_transmission(flow);
}

static void ask_gain(struct cell *cell, uint32_t ue)
{
	double gain_db = cell->gain_of(cell->gain_context, ue, cell->gain_ns);
	if (isnan(gain_db))
		gain_db = DB_FLOOR;
	cell->gain_is_old[ue] = false;
	if (gain_db == cell->gain_db[ue])
		return;
	cell->gain_db[ue] = gain_db;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		cell_flow_of(cell, ue, dir)->rate_is_old = true;
}

void cell_refresh(struct cell *cell, uint32_t ue, int dir, int64_t now)
{
	if (cell->gain_is_old[ue])
		ask_gain(cell, ue);
	if (cell_flow_of(cell, ue, dir)->rate_is_old)
		cell_update_rate(cell, ue, dir, now);
}

void cell_update_gains(struct cell *cell)
{
	cell->quiet = true;
	for (uint32_t ue = 0; ue < cell->n_ues; ue++) {
		cell->gain_is_old[ue] = true;
		for (int dir = 0; dir < LINK_DIRS; dir++) {
			if (!has_backlog(cell, ue, dir))
				continue;
			cell_refresh(cell, ue, dir, cell->gain_ns);
			cell->quiet = false;
		}
	}
}
