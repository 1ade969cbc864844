// SPDX-License-Identifier: BSD-3-Clause
#include "setup/cell/config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "phy/rate.h"

static const char *const trace_kind_names[] = {"none", "delivery", "link", NULL};

#define CELL struct assembly_config
#define UE struct assembly_ue
#define WEEK_NS 604800e9
#define MOST_TRACE_NS 4e18 // seconds since 1970 are a trace's times like others
#define FAR 1e9

static void preset_cell(void *base)
{
	*(struct assembly_config *)base = assembly_config_default();
}

static void preset_ue(void *base)
{
	*(struct assembly_ue *)base = assembly_ue_default();
}

// clang-format off
static const struct config_field cell_fields[] = {
	{"seed", INT64_OF(CELL, seed, 0, FIELD_MOST_INTEGER), .optional = true, .doc = "of all draws"},
	{"run", INT64_OF(CELL, run, 0, FIELD_MOST_INTEGER), .optional = true, .doc = "number of the repetition, likewise"},
	{"duration_ns", INT64_OF(CELL, duration_ns, 0, MOST_TRACE_NS), .optional = true, .doc = "of the run: traces must say something about it; 0: not known"},
	{"grant", WORD_OF(CELL, grant, grant_names), .optional = true, .doc = "who gets the band"},
	{"bandwidth_hz", NUMBER_OF(CELL, bandwidth_hz, 0, 1e12), .optional = true, .doc = "of each direction: with own-band each UE's, else the cell's"},
	{"tti_ns", INT64_OF(CELL, tti_ns, 1, 1e9), .optional = true, .doc = "a slot of the scheduler"},
	{"fair_window", NUMBER_OF(CELL, fair_window, 1, 1e9), .optional = true, .doc = "proportional fairness: the average over so many turns"},
	{"path_loss", WORD_OF(CELL, channel.path_loss.model, path_loss_names), .optional = true, .doc = "the model"},
	{"carrier_hz", NUMBER_OF(CELL, channel.path_loss.frequency_hz, 1e6, 1e12), .optional = true, .doc = "its frequency"},
	{"exponent", NUMBER_OF(CELL, channel.path_loss.exponent, 1, 10), .optional = true, .doc = "of the log-distance model"},
	{"reference_loss_db", NUMBER_OF(CELL, channel.path_loss.reference_loss_db, -FAR, FAR), .optional = true, .doc = "at 1 m; 0: that of free space"},
	{"base_height_m", NUMBER_OF(CELL, channel.path_loss.base_height_m, 0, 150), .optional = true, .doc = "of the base station; 0: the model's"},
	{"ue_height_m", NUMBER_OF(CELL, channel.path_loss.ue_height_m, 0, 150), .optional = true, .doc = "of a UE; 0: the model's"},
	{"draw_los", BOOL_OF(CELL, channel.draw_los), .optional = true, .doc = "line of sight is drawn by its probability"},
	{"shadowing_sigma_db", NUMBER_OF(CELL, channel.shadowing_sigma_db, -1, 50), .optional = true, .doc = "standard deviation; 0: none; -1: the path-loss model's"},
	{"shadowing_decorrelation_m", NUMBER_OF(CELL, channel.shadowing_decorrelation_m, 0, 1e6), .optional = true, .doc = "distance at which its correlation falls to 1/e"},
	{"fading", WORD_OF(CELL, channel.fading.model, fading_names), .optional = true, .doc = "the model"},
	{"fading_k", NUMBER_OF(CELL, channel.fading.rician_k, 0, 1e6), .optional = true, .doc = "Rician: direct over scattered power"},
	{"fading_coherence_s", NUMBER_OF(CELL, channel.fading.coherence_s, 0, 1e6), .optional = true, .doc = "a gain lasts about so long"},
	{"fading_carrier_hz", NUMBER_OF(CELL, channel.fading.frequency_hz, 0, 1e12), .optional = true, .doc = "Jakes: frequency"},
	{"fading_speed_mps", NUMBER_OF(CELL, channel.fading.speed_mps, 0, 1000), .optional = true, .doc = "Jakes: speed of UEs that stand still"},
	{"antenna", WORD_OF(CELL, channel.base_antenna.model, antenna_names), .optional = true, .doc = "of the base station"},
	{"antenna_gain_dbi", NUMBER_OF(CELL, channel.base_antenna.gain_dbi, -50, 80), .optional = true, .doc = "at its axis"},
	{"antenna_azimuth_deg", NUMBER_OF(CELL, channel.base_antenna.azimuth_deg, -360, 360), .optional = true, .doc = "its axis, from east counterclockwise"},
	{"antenna_downtilt_deg", NUMBER_OF(CELL, channel.base_antenna.downtilt_deg, -90, 90), .optional = true, .doc = "below the horizon"},
	{"ue_antenna_gain_dbi", NUMBER_OF(CELL, channel.ue_antenna.gain_dbi, -50, 80), .optional = true, .doc = "of a UE's"},
	{"gain_interval_ns", INT64_OF(CELL, channel.update_ns, 1, 3600e9), .optional = true, .doc = "gains change so often"},
	{"gain_trace", TEXT_OF(CELL, gain_trace), .optional = true, .doc = "file of gains; none when it is not there"},
	{"waypoint_trace", TEXT_OF(CELL, waypoint_trace), .optional = true, .doc = "file of ways, likewise"},
	{"trace_end", WORD_OF(CELL, trace_end, trace_end_names), .optional = true, .doc = "what follows the end of either"},
	{"trace_start_ns", INT64_OF(CELL, trace_start_ns, 0, MOST_TRACE_NS), .optional = true, .doc = "the trace's time at which the run begins"},
	{"rate", WORD_OF(CELL, rate.model, link_rate_names), .optional = true, .doc = "from SNR to bit/s"},
	{"rate_gap_db", NUMBER_OF(CELL, rate.gap_db, 0, 30), .optional = true, .doc = "SNR that is lost to a real receiver"},
	{"rate_table", WORD_OF(CELL, rate.table, mcs_table_names), .optional = true, .doc = "5G NR: of modulation and coding schemes"},
	{"rate_spacing_hz", NUMBER_OF(CELL, rate.spacing_hz, 0, 1e9), .optional = true, .doc = "5G NR: of subcarriers"},
	{"rate_uplink_overhead", NUMBER_OF(CELL, rate.overhead, 0, 1), .optional = true, .doc = "5G NR: part of the resources that carries no data"},
	{"rate_downlink_overhead", NUMBER_OF(CELL, downlink_overhead, 0, 1), .optional = true, .doc = "likewise"},
	{"rate_target_bler", NUMBER_OF(CELL, rate.target_bler, 0, 1), .optional = true, .doc = "5G NR: block errors at which a scheme is chosen"},
	{"downlink_w", NUMBER_OF(CELL, downlink_w, 0, 1e6), .optional = true, .doc = "transmit power of the base station"},
	{"noise_dbm_hz", NUMBER_OF(CELL, noise_dbm_hz, -300, 300), .optional = true, .doc = "density of thermal noise"},
	{"noise_figure_db", NUMBER_OF(CELL, noise_figure_db, 0, 300), .optional = true, .doc = "of receivers"},
	{"radio_bler", BOOL_OF(CELL, radio_bler), .optional = true, .doc = "HARQ fails as the 5G NR scheme in use does"},
	{"bler", NUMBER_OF(CELL, bler, 0, 1), .optional = true, .doc = "else each transmission fails with this probability"},
	{"soft_factor", NUMBER_OF(CELL, soft_factor, 0, 1), .optional = true, .doc = "of which each further one has this part"},
	{"soft_gain_db", NUMBER_OF(CELL, soft_gain_db, 0, 30), .optional = true, .doc = "or what a further one adds to the SNR"},
	{"max_retransmissions", INT_OF(CELL, max_retransmissions, 0, HARQ_MAX_RETRANSMISSIONS), .optional = true, .doc = "then a packet is lost"},
	{"harq_round_trip_ns", INT64_OF(CELL, impairment.harq.round_trip_ns, 0, 60e9), .optional = true, .doc = "between two transmissions"},
	{"bursts_p", NUMBER_OF(CELL, impairment.bursts.p, 0, 1), .optional = true, .doc = "from good to bad, a packet"},
	{"bursts_r", NUMBER_OF(CELL, impairment.bursts.r, 0, 1), .optional = true, .doc = "from bad to good"},
	{"bursts_good_loss", NUMBER_OF(CELL, impairment.bursts.good_loss, 0, 1), .optional = true, .doc = "of packets in the good state"},
	{"bursts_bad_loss", NUMBER_OF(CELL, impairment.bursts.bad_loss, 0, 1), .optional = true, .doc = "in the bad one"},
	{"jitter", WORD_OF(CELL, impairment.jitter.kind, jitter_names), .optional = true, .doc = "further delay of each packet"},
	{"jitter_mean_ns", INT64_OF(CELL, impairment.jitter.mean_ns, 0, 60e9), .optional = true, .doc = "its mean"},
	{"jitter_spread_ns", INT64_OF(CELL, impairment.jitter.spread_ns, 0, 60e9), .optional = true, .doc = "its standard deviation, or half its width"},
	{"codel", BOOL_OF(CELL, codel), .optional = true, .doc = "queues drop by CoDel"},
	{"codel_target_ns", INT64_OF(CELL, codel_target_ns, 0, 3600e9), .optional = true, .doc = "waiting that it allows"},
	{"codel_interval_ns", INT64_OF(CELL, codel_interval_ns, 0, 3600e9), .optional = true, .doc = "for so long"},
	{.key = NULL},
};

static const struct config_field assembly_ue_fields[] = {
	{"gain_db", NUMBER_OF(UE, gain_db, -1000, 1000), .optional = true, .doc = "in place of path loss, shadowing and antennas; from the models when it is not there"},
	{"mobility", WORD_OF(UE, mobility.model, mobility_names), .optional = true, .doc = "how the UE moves"},
	{"x_m", NUMBER_OF(UE, mobility.start.x_m, -FAR, FAR), .optional = true, .doc = "start, east of the base station"},
	{"y_m", NUMBER_OF(UE, mobility.start.y_m, -FAR, FAR), .optional = true, .doc = "start, north of it"},
	{"vx_mps", NUMBER_OF(UE, mobility.vx_mps, -1000, 1000), .optional = true, .doc = "linear: speed to the east"},
	{"vy_mps", NUMBER_OF(UE, mobility.vy_mps, -1000, 1000), .optional = true, .doc = "linear: to the north"},
	{"min_x_m", NUMBER_OF(UE, mobility.min_x_m, -FAR, FAR), .optional = true, .doc = "of the area"},
	{"min_y_m", NUMBER_OF(UE, mobility.min_y_m, -FAR, FAR), .optional = true, .doc = "likewise"},
	{"max_x_m", NUMBER_OF(UE, mobility.max_x_m, -FAR, FAR), .optional = true, .doc = "likewise"},
	{"max_y_m", NUMBER_OF(UE, mobility.max_y_m, -FAR, FAR), .optional = true, .doc = "likewise"},
	{"min_speed_mps", NUMBER_OF(UE, mobility.min_speed_mps, 0, 1000), .optional = true, .doc = "random waypoint: drawn from here"},
	{"max_speed_mps", NUMBER_OF(UE, mobility.max_speed_mps, 0, 1000), .optional = true, .doc = "to here"},
	{"pause_s", NUMBER_OF(UE, mobility.pause_s, 0, 1e6), .optional = true, .doc = "random waypoint: at each point"},
	{"tx_w", NUMBER_OF(UE, tx_w, 0, 1e6), .optional = true, .doc = "transmit power"},
	{"uplink_bps", NUMBER_OF(UE, fixed_bps[LINK_UP], 0, LINK_MAX_RATE_BPS), .optional = true, .doc = "the rate, whatever the radio; 0: the radio gives it"},
	{"downlink_bps", NUMBER_OF(UE, fixed_bps[LINK_DOWN], 0, LINK_MAX_RATE_BPS), .optional = true, .doc = "likewise"},
	{"delay_ns", INT64_OF(UE, delay_ns, 0, 60e9), .optional = true, .doc = "of each direction"},
	{"queue_bytes", INT64_OF(UE, queue_bytes, 0, 1099511627776.), .optional = true, .doc = "likewise"},
	{"loss", NUMBER_OF(UE, loss, 0, 1), .optional = true, .doc = "of packets at random, each direction"},
	{"deadline_ns", INT64_OF(UE, deadline_ns, 0, WEEK_NS), .optional = true, .doc = "earliest-deadline: of each packet"},
	{"priority", INT_OF(UE, priority, -1e6, 1e6), .optional = true, .doc = "priority: the lowest number goes first"},
	{"trace", WORD_OF(UE, trace.kind, trace_kind_names), .optional = true, .doc = "the kind of a recorded link in place of the radio"},
	{"uplink_trace", TEXT_OF(UE, trace.path[LINK_UP]), .optional = true, .doc = "its file; the radio when it is not there"},
	{"downlink_trace", TEXT_OF(UE, trace.path[LINK_DOWN]), .optional = true, .doc = "likewise"},
	{"trace_end", WORD_OF(UE, trace.end, trace_end_names), .optional = true, .doc = "what follows its end"},
	{"trace_start_ns", INT64_OF(UE, trace.start_ns, 0, MOST_TRACE_NS), .optional = true, .doc = "its time at which the run begins"},
	{.key = NULL},
};
// clang-format on

const struct config_table assembly_config_table = {cell_fields, sizeof(struct assembly_config), preset_cell,
						   NULL};
const struct config_table assembly_ue_table = {assembly_ue_fields, sizeof(struct assembly_ue), preset_ue,
					       NULL};

struct assembly_config assembly_config_default(void)
{
	const struct link_rate nr = LINK_RATE_NR_DEFAULT;
	struct assembly_config config = {.seed = 1,
					 .run = 1,
					 .grant = GRANT_OWN_BAND,
					 .bandwidth_hz = 1e6,
					 .tti_ns = GRANT_TTI_NS,
					 .fair_window = GRANT_WINDOW_SLOTS,
					 .channel = RADIO_CHANNEL_DEFAULT,
					 .rate = nr,
					 .downlink_overhead = NR_OVERHEAD_DOWNLINK_FR1,
					 .noise_dbm_hz = THERMAL_NOISE_DBM_HZ,
					 .soft_factor = 1};
	config.rate.model = LINK_RATE_SHANNON;
	config.rate.gap_db = 0;
	return config;
}

struct assembly_ue assembly_ue_default(void)
{
	return (struct assembly_ue){.gain_db = NAN, .queue_bytes = 1 << 20};
}

int assembly_config_set_ues(struct assembly_config *config, uint32_t n)
{
	struct assembly_ue *ues = calloc(n ? n : 1, sizeof(*ues));
	if (!ues)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		ues[i] = assembly_ue_default();
	free(config->ues);
	config->ues = ues;
	config->n_ues = n;
	return 0;
}

void assembly_config_free(struct assembly_config *config)
{
	free(config->ues);
	config->ues = NULL;
	config->n_ues = 0;
}

bool assembly_has_rate_traces(const struct assembly_config *config)
{
	for (uint32_t i = 0; i < config->n_ues; i++)
		if (config->ues[i].trace.kind != TRACE_OF_NOTHING)
			return true;
	return false;
}

bool assembly_varies(const struct assembly_config *config)
{
	return assembly_gains_vary(config) || assembly_has_rate_traces(config);
}

bool assembly_gains_vary(const struct assembly_config *config)
{
	bool varies = config->channel.fading.model != FADING_NONE || config->gain_trace[0];
	for (uint32_t i = 0; i < config->n_ues; i++)
		varies |= config->ues[i].mobility.model != MOBILITY_STATIC;
	return varies;
}
