// SPDX-License-Identifier: BSD-3-Clause
#include "setup/cell/config.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "phy/rate.h"

enum field_kind {
	FIELD_NUMBER,  // double
	FIELD_NS,      // int64_t
	FIELD_INTEGER, // int64_t
	FIELD_COUNT,   // int
	FIELD_BOOL,    // bool, as 0 or 1
	FIELD_WORD,    // an enum that counts along `words`
	FIELD_PATH,    // char[PATH_MAX]
};

struct field {
	const char *key;
	size_t offset;
	enum field_kind kind;
	double low, high;
	const char *const *words;
};

#define IN(member) offsetof(struct assembly_config, member)
#define OF(member) offsetof(struct assembly_ue, member)
#define LIMITED(kind_, low_, high_) .kind = (kind_), .low = (low_), .high = (high_)
#define NUMBER(low, high) LIMITED(FIELD_NUMBER, low, high)
#define NS(low, high) LIMITED(FIELD_NS, low, high)
#define INTEGER(low, high) LIMITED(FIELD_INTEGER, low, high)
#define COUNT(low, high) LIMITED(FIELD_COUNT, low, high)
#define BOOL .kind = FIELD_BOOL
#define TRACE .kind = FIELD_PATH
#define NAMED(names) .kind = FIELD_WORD, .words = (names)
#define WORDS(...)                                                                                           \
	.kind = FIELD_WORD, .words = (const char *const[])                                                   \
	{                                                                                                    \
		__VA_ARGS__, NULL                                                                            \
	}
#define WEEK_NS 604800e9
#define MOST_TRACE_NS 4e18	       // seconds since 1970 are a trace's times like others
#define MOST_INTEGER 9007199254740992. // 2^53: exact as a double
#define FAR 1e9

// clang-format off
static const struct field cell_fields[] = {
	{"seed", IN(seed), INTEGER(0, MOST_INTEGER)},
	{"run", IN(run), INTEGER(0, MOST_INTEGER)},
	{"duration_ns", IN(duration_ns), NS(0, MOST_TRACE_NS)},
	{"grant", IN(grant), NAMED(grant_names)},
	{"bandwidth_hz", IN(bandwidth_hz), NUMBER(0, 1e12)},
	{"tti_ns", IN(tti_ns), NS(1, 1e9)},
	{"fair_window", IN(fair_window), NUMBER(1, 1e9)},
	{"path_loss", IN(channel.path_loss.model), NAMED(path_loss_names)},
	{"carrier_hz", IN(channel.path_loss.frequency_hz), NUMBER(1e6, 1e12)},
	{"exponent", IN(channel.path_loss.exponent), NUMBER(1, 10)},
	{"reference_loss_db", IN(channel.path_loss.reference_loss_db), NUMBER(-FAR, FAR)},
	{"base_height_m", IN(channel.path_loss.base_height_m), NUMBER(0, 150)},
	{"ue_height_m", IN(channel.path_loss.ue_height_m), NUMBER(0, 150)},
	{"draw_los", IN(channel.draw_los), BOOL},
	{"shadowing_sigma_db", IN(channel.shadowing_sigma_db), NUMBER(-1, 50)},
	{"shadowing_decorrelation_m", IN(channel.shadowing_decorrelation_m), NUMBER(0, 1e6)},
	{"fading", IN(channel.fading.model), NAMED(fading_names)},
	{"fading_k", IN(channel.fading.rician_k), NUMBER(0, 1e6)},
	{"fading_coherence_s", IN(channel.fading.coherence_s), NUMBER(0, 1e6)},
	{"fading_carrier_hz", IN(channel.fading.frequency_hz), NUMBER(0, 1e12)},
	{"fading_speed_mps", IN(channel.fading.speed_mps), NUMBER(0, 1000)},
	{"antenna", IN(channel.base_antenna.model), NAMED(antenna_names)},
	{"antenna_gain_dbi", IN(channel.base_antenna.gain_dbi), NUMBER(-50, 80)},
	{"antenna_azimuth_deg", IN(channel.base_antenna.azimuth_deg), NUMBER(-360, 360)},
	{"antenna_downtilt_deg", IN(channel.base_antenna.downtilt_deg), NUMBER(-90, 90)},
	{"ue_antenna_gain_dbi", IN(channel.ue_antenna.gain_dbi), NUMBER(-50, 80)},
	{"gain_interval_ns", IN(channel.update_ns), NS(1, 3600e9)},
	{"gain_trace", IN(gain_trace), TRACE},
	{"waypoint_trace", IN(waypoint_trace), TRACE},
	{"trace_end", IN(trace_end), NAMED(trace_end_names)},
	{"trace_start_ns", IN(trace_start_ns), NS(0, MOST_TRACE_NS)},
	{"rate", IN(rate.model), NAMED(link_rate_names)},
	{"rate_gap_db", IN(rate.gap_db), NUMBER(0, 30)},
	{"rate_table", IN(rate.table), NAMED(mcs_table_names)},
	{"rate_spacing_hz", IN(rate.spacing_hz), NUMBER(0, 1e9)},
	{"rate_uplink_overhead", IN(rate.overhead), NUMBER(0, 1)},
	{"rate_downlink_overhead", IN(downlink_overhead), NUMBER(0, 1)},
	{"rate_target_bler", IN(rate.target_bler), NUMBER(0, 1)},
	{"downlink_w", IN(downlink_w), NUMBER(0, 1e6)},
	{"noise_dbm_hz", IN(noise_dbm_hz), NUMBER(-300, 300)},
	{"noise_figure_db", IN(noise_figure_db), NUMBER(0, 300)},
	{"radio_bler", IN(radio_bler), BOOL},
	{"bler", IN(bler), NUMBER(0, 1)},
	{"soft_factor", IN(soft_factor), NUMBER(0, 1)},
	{"soft_gain_db", IN(soft_gain_db), NUMBER(0, 30)},
	{"max_retransmissions", IN(max_retransmissions), COUNT(0, HARQ_MAX_RETRANSMISSIONS)},
	{"harq_round_trip_ns", IN(impairment.harq.round_trip_ns), NS(0, 60e9)},
	{"bursts_p", IN(impairment.bursts.p), NUMBER(0, 1)},
	{"bursts_r", IN(impairment.bursts.r), NUMBER(0, 1)},
	{"bursts_good_loss", IN(impairment.bursts.good_loss), NUMBER(0, 1)},
	{"bursts_bad_loss", IN(impairment.bursts.bad_loss), NUMBER(0, 1)},
	{"jitter", IN(impairment.jitter.kind), NAMED(jitter_names)},
	{"jitter_mean_ns", IN(impairment.jitter.mean_ns), NS(0, 60e9)},
	{"jitter_spread_ns", IN(impairment.jitter.spread_ns), NS(0, 60e9)},
	{"codel", IN(codel), BOOL},
	{"codel_target_ns", IN(codel_target_ns), NS(0, 3600e9)},
	{"codel_interval_ns", IN(codel_interval_ns), NS(0, 3600e9)},
	{.key = NULL},
};

static const struct field ue_fields[] = {
	{"gain_db", OF(gain_db), NUMBER(-1000, 1000)},
	{"mobility", OF(mobility.model), NAMED(mobility_names)},
	{"x_m", OF(mobility.start.x_m), NUMBER(-FAR, FAR)},
	{"y_m", OF(mobility.start.y_m), NUMBER(-FAR, FAR)},
	{"vx_mps", OF(mobility.vx_mps), NUMBER(-1000, 1000)},
	{"vy_mps", OF(mobility.vy_mps), NUMBER(-1000, 1000)},
	{"min_x_m", OF(mobility.min_x_m), NUMBER(-FAR, FAR)},
	{"min_y_m", OF(mobility.min_y_m), NUMBER(-FAR, FAR)},
	{"max_x_m", OF(mobility.max_x_m), NUMBER(-FAR, FAR)},
	{"max_y_m", OF(mobility.max_y_m), NUMBER(-FAR, FAR)},
	{"min_speed_mps", OF(mobility.min_speed_mps), NUMBER(0, 1000)},
	{"max_speed_mps", OF(mobility.max_speed_mps), NUMBER(0, 1000)},
	{"pause_s", OF(mobility.pause_s), NUMBER(0, 1e6)},
	{"tx_w", OF(tx_w), NUMBER(0, 1e6)},
	{"uplink_bps", OF(fixed_bps[LINK_UP]), NUMBER(0, LINK_MAX_RATE_BPS)},
	{"downlink_bps", OF(fixed_bps[LINK_DOWN]), NUMBER(0, LINK_MAX_RATE_BPS)},
	{"delay_ns", OF(delay_ns), NS(0, 60e9)},
	{"queue_bytes", OF(queue_bytes), INTEGER(0, 1099511627776.)},
	{"loss", OF(loss), NUMBER(0, 1)},
	{"deadline_ns", OF(deadline_ns), NS(0, WEEK_NS)},
	{"priority", OF(priority), COUNT(-1e6, 1e6)},
	{"trace", OF(trace.kind), WORDS("none", "delivery", "link")},
	{"uplink_trace", OF(trace.path[LINK_UP]), TRACE},
	{"downlink_trace", OF(trace.path[LINK_DOWN]), TRACE},
	{"trace_end", OF(trace.end), NAMED(trace_end_names)},
	{"trace_start_ns", OF(trace.start_ns), NS(0, MOST_TRACE_NS)},
	{.key = NULL},
};
// clang-format on

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

// ---- writing

static json_t *write_field(const struct field *field, const void *base)
{
	const void *at = (const char *)base + field->offset;
	switch (field->kind) {
	case FIELD_NUMBER:
		return json_real(*(const double *)at);
	case FIELD_NS:
	case FIELD_INTEGER:
		return json_integer(*(const int64_t *)at);
	case FIELD_COUNT:
		return json_integer(*(const int *)at);
	case FIELD_BOOL:
		return json_integer(*(const bool *)at);
	case FIELD_WORD:
		return json_string(field->words[*(const int *)at]);
	case FIELD_PATH:
		return json_string(at);
	}
	return NULL;
}

static bool is_unset(const struct field *field, const void *base)
{
	const void *at = (const char *)base + field->offset;
	return (field->kind == FIELD_NUMBER && isnan(*(const double *)at)) ||
	       (field->kind == FIELD_PATH && !*(const char *)at);
}

static json_t *write_object(const struct field *fields, const void *base)
{
	json_t *object = json_object();
	int failed = !object;
	for (const struct field *f = fields; f->key && !failed; f++)
		if (!is_unset(f, base))
			failed = json_object_set_new(object, f->key, write_field(f, base)) < 0;
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

json_t *assembly_config_to_json(const struct assembly_config *config)
{
	return write_object(cell_fields, config);
}

json_t *assembly_ue_to_json(const struct assembly_ue *ue)
{
	return write_object(ue_fields, ue);
}

// ---- reading

static void read_word(struct json_reader *r, const struct field *field, int *out)
{
	const char *text = json_read_text(r, field->key, false);
	if (!text)
		return;
	int i = 0;
	while (field->words[i] && strcmp(field->words[i], text) != 0)
		i++;
	if (field->words[i])
		*out = i;
	else
		json_refuse(r, field->key, "is no word that stands here");
}

static void read_path(struct json_reader *r, const struct field *field, char *out)
{
	const char *text = json_read_text(r, field->key, false);
	if (text && strlen(text) >= PATH_MAX)
		json_refuse(r, field->key, "is too long for a path");
	else if (text)
		snprintf(out, PATH_MAX, "%s", text);
}

static void read_field(struct json_reader *r, const struct field *field, void *base)
{
	void *at = (char *)base + field->offset;
	int64_t integer;
	switch (field->kind) {
	case FIELD_NUMBER:
		json_read_number(r, field->key, false, field->low, field->high, at);
		return;
	case FIELD_NS:
	case FIELD_INTEGER:
		json_read_integer(r, field->key, (int64_t)field->low, (int64_t)field->high, at);
		return;
	case FIELD_COUNT:
		integer = *(int *)at;
		json_read_integer(r, field->key, (int64_t)field->low, (int64_t)field->high, &integer);
		*(int *)at = (int)integer;
		return;
	case FIELD_BOOL:
		integer = *(bool *)at;
		json_read_integer(r, field->key, 0, 1, &integer);
		*(bool *)at = integer == 1;
		return;
	case FIELD_WORD:
		read_word(r, field, at);
		return;
	case FIELD_PATH:
		read_path(r, field, at);
		return;
	}
}

static bool is_known(const struct field *fields, const char *const *also, const char *key)
{
	for (const struct field *f = fields; f->key; f++)
		if (strcmp(f->key, key) == 0)
			return true;
	for (; also && *also; also++)
		if (strcmp(*also, key) == 0)
			return true;
	return false;
}

static void read_object(struct json_reader *r, const struct field *fields, const char *const *also,
			void *base)
{
	const char *key;
	json_t *value;
	json_object_foreach(r->object, key, value)
	{
		if (!is_known(fields, also, key))
			json_refuse_unknown_key(r, key);
	}
	for (const struct field *f = fields; f->key; f++)
		read_field(r, f, base);
}

void assembly_config_from_json(struct json_reader *r, struct assembly_config *config)
{
	read_object(r, cell_fields, NULL, config);
}

void assembly_ue_from_json(struct json_reader *r, const char *const *also, struct assembly_ue *ue)
{
	read_object(r, ue_fields, also, ue);
}
