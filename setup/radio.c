// SPDX-License-Identifier: BSD-3-Clause
#include "setup/radio.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mac/link_record.h"
#include "phy/decibel.h"
#include "phy/energy.h"
#include "setup/cell/assembly.h"

#define LEAST_RATE_BPS 1e3
#define RADIANS (M_PI / 180)

// ---- the configuration

static double unless_given(double value, double preset)
{
	return TOPOLOGY_UNSET(value) ? preset : value;
}

// The model has its reference at 1 m.
static double loss_at_1_m(const struct topology *t)
{
	if (t->cell.reference_m == 1)
		return 0; // free space
	struct path_loss friis = {.model = PATH_LOSS_FREE_SPACE, .frequency_hz = t->cell.carrier_hz};
	return path_loss_db(&friis, t->cell.reference_m) - 10 * t->cell.exponent * log10(t->cell.reference_m);
}

static void set_shadowing(struct radio_channel_config *c, const struct topology *t)
{
	c->shadowing_decorrelation_m = t->cell.shadowing.decorrelation_m;
	c->shadowing_sigma_db = t->cell.shadowing.kind == SHADOWING_LOG_NORMAL ? t->cell.shadowing.sigma_db
				: t->cell.shadowing.kind == SHADOWING_3GPP     ? RADIO_SHADOWING_OF_MODEL
									       : 0;
}

static void set_channel(struct radio_channel_config *c, const struct topology *t)
{
	c->path_loss = (struct path_loss){.model = t->cell.path_loss,
					  .frequency_hz = t->cell.carrier_hz,
					  .exponent = t->cell.exponent,
					  .reference_loss_db = loss_at_1_m(t),
					  .base_height_m = unless_given(t->cell.base_height_m, 0),
					  .ue_height_m = unless_given(t->cell.ue_height_m, 0)};
	c->draw_los = t->cell.draw_los;
	c->base_antenna = (struct antenna){.model = t->cell.antenna.kind,
					   .gain_dbi = t->cell.antenna.gain_db,
					   .azimuth_deg = t->cell.antenna.azimuth_deg,
					   .downtilt_deg = t->cell.antenna.downtilt_deg};
	c->ue_antenna = (struct antenna){.model = ANTENNA_ISOTROPIC, .gain_dbi = t->cell.antenna.ue_gain_db};
	set_shadowing(c, t);
	c->fading = (struct fading){.model = t->cell.fading.kind,
				    .rician_k = t->cell.fading.k,
				    .coherence_s = ns_to_s(t->cell.fading.coherence_ns),
				    .frequency_hz = t->cell.carrier_hz,
				    .speed_mps = t->cell.fading.speed_mps};
	c->update_ns = t->cell.gain_interval_ns;
}

static void set_rate(struct assembly_config *c, const struct topology *t)
{
	bool nr = t->cell.rate.kind == LINK_RATE_NR;
	c->rate =
	    (struct link_rate){.model = t->cell.rate.kind,
			       .gap_db = unless_given(t->cell.rate.gap_db, nr ? BLER_DEFAULT_GAP_DB : 0),
			       .table = t->cell.rate.table,
			       .spacing_hz = t->cell.rate.spacing_hz,
			       .overhead = unless_given(t->cell.rate.overhead, NR_OVERHEAD_UPLINK_FR1),
			       .target_bler = t->cell.rate.target_bler};
	c->downlink_overhead = unless_given(t->cell.rate.overhead, NR_OVERHEAD_DOWNLINK_FR1);
}

static void set_impairment(struct assembly_config *c, const struct topology *t)
{
	bool harq = t->cell.harq.kind != HARQ_NONE;
	c->radio_bler = t->cell.harq.kind == HARQ_RADIO;
	c->bler = t->cell.harq.kind == HARQ_FIXED ? t->cell.harq.bler : 0;
	c->soft_factor = t->cell.harq.soft_factor;
	c->soft_gain_db = t->cell.harq.soft_gain_db;
	c->max_retransmissions = harq ? t->cell.harq.max : 0;
	c->impairment.harq.round_trip_ns = harq ? t->cell.harq.round_trip_ns : 0;
	c->impairment.bursts = (struct gilbert_elliott){.p = t->cell.bursts.p,
							.r = t->cell.bursts.r,
							.good_loss = t->cell.bursts.good_loss,
							.bad_loss = t->cell.bursts.bad_loss};
	c->impairment.jitter = (struct jitter){.kind = t->cell.jitter.kind,
					       .mean_ns = t->cell.jitter.mean_ns,
					       .spread_ns = t->cell.jitter.spread_ns};
}

static struct mobility way_of(const struct topology_ue *u)
{
	bool placed = !TOPOLOGY_UNSET(u->distance_m);
	double angle = u->angle_deg * RADIANS, heading = u->mobility.heading_deg * RADIANS,
	       half = u->mobility.area_m / 2;
	struct mobility m = {.model = u->mobility.kind};
	m.start.x_m = placed ? u->distance_m * cos(angle) : 0;
	m.start.y_m = placed ? u->distance_m * sin(angle) : 0;
	m.vx_mps = u->mobility.speed_mps * cos(heading);
	m.vy_mps = u->mobility.speed_mps * sin(heading);
	m.min_x_m = m.min_y_m = -half;
	m.max_x_m = m.max_y_m = half;
	m.min_speed_mps = u->mobility.speed_range_mps.low;
	m.max_speed_mps = u->mobility.speed_range_mps.high;
	m.pause_s = ns_to_s(u->mobility.pause_ns);
	return m;
}

static void set_ue(struct assembly_ue *out, const struct topology *t, const struct topology_ue *u)
{
	*out = (struct assembly_ue){.gain_db = u->gain_db,
				    .mobility = way_of(u),
				    .tx_w = u->tx_power_w,
				    .delay_ns = t->cell.delay_ns,
				    .queue_bytes = t->cell.queue_bytes,
				    .loss = u->loss,
				    .deadline_ns = u->deadline_ns,
				    .priority = u->priority};
	out->trace.kind = (enum assembly_trace_kind)u->trace.kind; // the same words
	out->trace.end = u->trace.end;
	out->trace.start_ns = u->trace.start_ns;
}

// The shaper runs elsewhere: it needs the whole path.
static int set_trace(char *out, const char *key, const char *file, struct err *err)
{
	if (!file[0] || realpath(file, out))
		return 0;
	return err_sys(err, errno, "%s: %s", key, file);
}

static int set_ue_traces(struct assembly_ue *out, const struct topology_ue *u, int i, struct err *err)
{
	int r = set_trace(out->trace.path[LINK_UP], "ues.trace.uplink", u->trace.uplink, err);
	r = r < 0 ? r : set_trace(out->trace.path[LINK_DOWN], "ues.trace.downlink", u->trace.downlink, err);
	if (r < 0)
		err_prefix(err, "ue%d", i + 1);
	return r;
}

int assembly_config_of(struct assembly_config *out, const struct topology *t, struct err *err)
{
	struct assembly_config c = assembly_config_default();
	c.seed = t->seed;
	c.run = t->run;
	c.duration_ns = t->duration_ns;
	c.grant = t->cell.grant;
	c.bandwidth_hz = t->cell.bandwidth_hz;
	c.tti_ns = t->cell.tti_ns;
	c.fair_window = t->cell.fair_window;
	set_channel(&c.channel, t);
	c.trace_end = t->cell.trace.end;
	c.trace_start_ns = t->cell.trace.start_ns;
	set_rate(&c, t);
	c.downlink_w = t->cell.downlink_power_w;
	c.noise_dbm_hz = t->cell.noise_density_dbm_hz;
	c.noise_figure_db = t->cell.noise_figure_db;
	set_impairment(&c, t);
	c.codel = t->cell.queue_discipline == DISCIPLINE_CODEL;
	c.codel_target_ns = t->cell.codel.target_ns;
	c.codel_interval_ns = t->cell.codel.interval_ns;
	int r = set_trace(c.gain_trace, "cell.trace.gain", t->cell.trace.gain, err);
	r = r < 0 ? r : set_trace(c.waypoint_trace, "cell.trace.waypoints", t->cell.trace.waypoints, err);
	if (r == 0 && assembly_config_set_ues(&c, (uint32_t)t->n_ues) < 0)
		r = err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	for (int i = 0; r == 0 && i < t->n_ues; i++) {
		set_ue(&c.ues[i], t, &t->ue[i]);
		r = set_ue_traces(&c.ues[i], &t->ue[i], i, err);
	}
	if (r == 0)
		*out = c;
	else
		assembly_config_free(&c);
	return r;
}

// ---- what it gives

static int check_coverage(const struct ue_radio *radio, uint32_t ue, struct err *err)
{
	if (radio->uplink_bps >= LEAST_RATE_BPS && radio->downlink_bps >= LEAST_RATE_BPS)
		return 0;
	return err_set(
	    err, EINVAL,
	    "ue%u has no coverage: a gain of %.1f dB gives %.3g bit/s up and %.3g bit/s down, at least %g is "
	    "needed (nearer, more power or more bandwidth)",
	    ue + 1, radio->gain_db, radio->uplink_bps, radio->downlink_bps, LEAST_RATE_BPS);
}

static void read_radio(struct ue_radio *out, struct assembly *a, uint32_t ue)
{
	struct cell *cell = assembly_cell(a);
	struct cell_radio up = {0}, down = {0};
	cell_read_radio(cell, ue, LINK_UP, 0, &up);
	cell_read_radio(cell, ue, LINK_DOWN, 0, &down);
	*out = (struct ue_radio){.gain_db = up.gain_db,
				 .snr_db = linear_to_db(up.snr),
				 .uplink_bps = up.rate_bps,
				 .downlink_bps = down.rate_bps,
				 .longest_way_s = assembly_longest_way_s(a, ue, LINK_UP)};
	for (int dir = 0; dir < LINK_DIRS; dir++)
		cell_expect(cell, ue, (enum link_dir)dir, LINK_RECORD_FRAME_BYTES, 0, &out->expected[dir]);
}

int ue_radios(struct ue_radio *out, const struct assembly_config *config, struct err *err)
{
	struct assembly *a;
	bool varies = assembly_varies(config);
	int r = assembly_new(&a, config, 0, err);
	if (r < 0)
		return r;
	for (uint32_t i = 0; r == 0 && i < config->n_ues; i++) {
		read_radio(&out[i], a, i);
		r = varies ? 0 : check_coverage(&out[i], i, err);
	}
	assembly_free(a);
	return r;
}

struct edge_ue edge_ue_of(const struct ue_radio *radio, int network, enum features features)
{
	return (struct edge_ue){.uplink_bps = radio->expected[LINK_UP].bps,
				.downlink_bps = radio->expected[LINK_DOWN].bps,
				.uplink_delay_s = radio->expected[LINK_UP].stream_late_s,
				.downlink_delay_s = radio->expected[LINK_DOWN].lone_late_s,
				.network = network,
				.features = features};
}

bool band_is_shared(const struct topology *t)
{
	return grant_rule_of(t->cell.grant)->sharing != GRANT_OWN_BANDS;
}

double least_share(const struct topology *t)
{
	return band_is_shared(t) ? 1. / t->n_ues : 1;
}

double sending_power_w(const struct topology_ue *ue)
{
	const struct radio_energy energy = {.efficiency = ue->radio.efficiency,
					    .circuit_w = ue->radio.circuit_w};
	return radio_transmit_w(&energy, ue->tx_power_w);
}
