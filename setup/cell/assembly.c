// SPDX-License-Identifier: BSD-3-Clause
#include "setup/cell/assembly.h"
#include "setup/cell/rate_traces.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_SENDER_BPS 10e9 // of one host: what a link without a limit has to hold

struct assembly_ue_state {
	double given_db;  // NaN = by the channel's models
	double forced_db; // by a change at run time; NaN = not
};

struct assembly {
	struct assembly_config config; // ues: of its own
	struct gain_trace gains;
	struct waypoint_trace waypoints;
	bool has_gains, has_waypoints;
	struct radio_channel *channel;
	struct cell *cell;
	int64_t origin_ns;
	bool varies;			 // do gains?
	struct rate_traces *rate_traces; // NULL = none
	struct assembly_ue_state *ues;
};

// ---- traces

// The UEs' names in trace files: ue1, ue2, ...
struct names {
	char (*text)[16];
	const char **name;
};

static void free_names(struct names *names)
{
	free(names->text);
	free(names->name);
}

static int make_names(struct names *names, uint32_t n)
{
	names->text = calloc(n, sizeof(*names->text));
	names->name = calloc(n, sizeof(*names->name));
	if (!names->text || !names->name)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		snprintf(names->text[i], sizeof(names->text[i]), "ue%u", i + 1);
		names->name[i] = names->text[i];
	}
	return 0;
}

static int load_traces(struct assembly *a, struct err *err)
{
	const struct assembly_config *c = &a->config;
	struct names names = {0};
	int rc =
	    make_names(&names, c->n_ues) < 0 ? err_set(err, ENOMEM, "no memory for %u UEs", c->n_ues) : 0;
	const struct series_ues ues = {(int)c->n_ues, names.name};
	const struct trace_time time = {c->trace_end, c->trace_start_ns, c->duration_ns, "cell.trace.start"};
	if (rc == 0 && c->gain_trace[0]) {
		rc = gain_trace_load(&a->gains, c->gain_trace, &ues, &time, err);
		a->has_gains = rc == 0;
	}
	if (rc == 0 && c->waypoint_trace[0]) {
		rc = waypoint_trace_load(&a->waypoints, c->waypoint_trace, &ues, &time, err);
		a->has_waypoints = rc == 0;
	}
	free_names(&names);
	return rc < 0 ? rc : rate_traces_open(&a->rate_traces, c, err);
}

// ---- the channel

static int open_channel(struct assembly *a, struct err *err)
{
	struct radio_channel_config channel = a->config.channel;
	channel.trace = a->has_gains ? &a->gains : NULL;
	channel.seed = (uint64_t)a->config.seed;
	channel.run = (uint64_t)a->config.run;
	struct mobility *ways = calloc(a->config.n_ues, sizeof(*ways));
	if (!ways)
		return err_set(err, ENOMEM, "no memory for %u UEs", a->config.n_ues);
	for (uint32_t i = 0; i < a->config.n_ues; i++) {
		ways[i] = a->config.ues[i].mobility;
		ways[i].trace = a->has_waypoints ? &a->waypoints : NULL;
		ways[i].trace_ue = (int)i;
	}
	int rc = radio_channel_new(&a->channel, &channel, ways, (int)a->config.n_ues, err);
	free(ways);
	return rc;
}

// A given gain stands in the place of everything but fading.
static double model_gain_db(struct assembly *a, uint32_t ue, int64_t now)
{
	int64_t model_ns = a->origin_ns == TIME_NEVER || now < a->origin_ns ? 0 : now - a->origin_ns;
	const struct radio_state *state = radio_channel_at(a->channel, (int)ue, model_ns);
	double given_db = a->ues[ue].given_db;
	return isnan(given_db) ? state->gain_db : given_db + state->fading_db;
}

static double gain_db(void *context, uint32_t ue, int64_t now)
{
	struct assembly *a = context;
	double forced_db = a->ues[ue].forced_db;
	return isnan(forced_db) ? model_gain_db(a, ue, now) : forced_db;
}

// ---- the cell

static struct impairment_config impairment_of(const struct assembly_config *c, double loss)
{
	struct impairment_config i = c->impairment;
	i.harq = harq_fixed(c->radio_bler ? 0 : c->bler, c->soft_factor, (uint32_t)c->max_retransmissions,
			    c->impairment.harq.round_trip_ns);
	i.random = loss;
	return i;
}

static struct cell_flow_config flow_of(const struct assembly_config *c, const struct assembly_ue *ue, int dir)
{
	bool own = c->grant == GRANT_OWN_BAND;
	return (struct cell_flow_config){.hertz = own			      ? c->bandwidth_hz
						  : c->grant == GRANT_GRANTED ? c->bandwidth_hz / c->n_ues
									      : 0,
					 .tx_w = dir == LINK_UP ? ue->tx_w : c->downlink_w,
					 .fixed_bps = ue->fixed_bps[dir],
					 .delay_ns = ue->delay_ns,
					 .limit_bytes = (uint64_t)ue->queue_bytes,
					 .codel = c->codel,
					 .codel_target_ns = c->codel_target_ns,
					 .codel_interval_ns = c->codel_interval_ns,
					 .impairment = impairment_of(c, ue->loss),
					 .radio_bler = c->radio_bler,
					 .soft_gain_db = c->soft_gain_db,
					 .deadline_ns = ue->deadline_ns,
					 .priority = ue->priority};
}

// The whole band of one direction.
static double band_hz(const struct assembly_config *c, double bandwidth_hz)
{
	return c->grant == GRANT_OWN_BAND ? bandwidth_hz * c->n_ues : bandwidth_hz;
}

static struct cell_carrier_config carrier_of(const struct assembly_config *c, int dir)
{
	struct cell_carrier_config carrier = {.strategy = c->grant,
					      .band_hz = band_hz(c, c->bandwidth_hz),
					      .tti_ns = c->tti_ns,
					      .window_slots = c->fair_window,
					      .rate = c->rate,
					      .noise_dbm_hz = c->noise_dbm_hz,
					      .noise_figure_db = c->noise_figure_db};
	if (dir == LINK_DOWN)
		carrier.rate.overhead = c->downlink_overhead;
	return carrier;
}

static int open_cell(struct assembly *a, int64_t now, struct err *err)
{
	const struct assembly_config *c = &a->config;
	struct cell_ue_config *ues = calloc(c->n_ues, sizeof(*ues));
	if (!ues)
		return err_set(err, ENOMEM, "no memory for %u UEs", c->n_ues);
	for (uint32_t i = 0; i < c->n_ues; i++) {
		ues[i].gain_db = model_gain_db(a, i, now);
		for (int dir = 0; dir < LINK_DIRS; dir++) {
			struct rate_trace trace = rate_traces_of(a->rate_traces, i, dir);
			ues[i].flow[dir] = flow_of(c, &c->ues[i], dir);
			ues[i].flow[dir].delivery = trace.delivery;
			ues[i].flow[dir].trace = trace.link;
		}
	}
	const struct cell_config config = {.n_ues = c->n_ues,
					   .ues = ues,
					   .carrier = {carrier_of(c, LINK_UP), carrier_of(c, LINK_DOWN)},
					   .gain_db = a->varies ? gain_db : NULL,
					   .gain_context = a,
					   .gain_interval_ns = c->channel.update_ns,
					   .seed = (uint64_t)c->seed,
					   .run = (uint64_t)c->run};
	a->cell = cell_new(&config, now, err);
	int rc = a->cell ? 0 : -errno;
	free(ues);
	return rc;
}

static int copy_ues(struct assembly *a, const struct assembly_config *config, struct err *err)
{
	a->config.ues = NULL;
	a->ues = calloc(config->n_ues ? config->n_ues : 1, sizeof(*a->ues));
	if (!a->ues || assembly_config_set_ues(&a->config, config->n_ues) < 0)
		return err_set(err, ENOMEM, "no memory for %u UEs", config->n_ues);
	for (uint32_t i = 0; i < config->n_ues; i++) {
		a->config.ues[i] = config->ues[i];
		a->ues[i] = (struct assembly_ue_state){config->ues[i].gain_db, NAN};
	}
	return 0;
}

int assembly_new(struct assembly **out, const struct assembly_config *config, int64_t now, struct err *err)
{
	struct assembly *a = calloc(1, sizeof(*a));
	if (!a)
		return err_set(err, ENOMEM, "no memory for a cell");
	a->config = *config;
	a->origin_ns = TIME_NEVER;
	a->varies = assembly_gains_vary(config);
	int rc = copy_ues(a, config, err);
	rc = rc < 0 ? rc : load_traces(a, err);
	rc = rc < 0 ? rc : open_channel(a, err);
	rc = rc < 0 ? rc : open_cell(a, now, err);
	if (rc < 0) {
		assembly_free(a);
		return rc;
	}
	*out = a;
	return 0;
}

void assembly_free(struct assembly *a)
{
	if (!a)
		return;
	cell_free(a->cell);
	rate_traces_close(a->rate_traces);
	radio_channel_free(a->channel);
	if (a->has_gains)
		gain_trace_free(&a->gains);
	if (a->has_waypoints)
		waypoint_trace_free(&a->waypoints);
	assembly_config_free(&a->config);
	free(a->ues);
	free(a);
}

struct cell *assembly_cell(struct assembly *a)
{
	return a->cell;
}

void assembly_set_origin(struct assembly *a, int64_t origin_ns, int64_t now)
{
	a->origin_ns = origin_ns;
	cell_set_origin(a->cell, origin_ns, now);
}

double assembly_longest_way_s(const struct assembly *a, uint32_t ue, enum link_dir dir)
{
	const struct assembly_config *c = &a->config;
	const struct link_trace *trace = rate_traces_of(a->rate_traces, ue, (int)dir).link;
	int64_t jitter_ns = c->impairment.jitter.mean_ns + c->impairment.jitter.spread_ns;
	return ns_to_s((trace ? link_trace_most_way_ns(trace) : c->ues[ue].delay_ns) +
		       c->max_retransmissions * c->impairment.harq.round_trip_ns + 2 * jitter_ns);
}

double assembly_most_flight_bytes(struct assembly *a, uint32_t ue, enum link_dir dir)
{
	struct cell_radio radio = {.rate_bps = 0};
	const struct link_trace *trace = rate_traces_of(a->rate_traces, ue, (int)dir).link;
	cell_read_radio(a->cell, ue, dir, 0, &radio);
	double rate_bps = radio.rate_bps;
	if (trace) // some of its rows may leave the rate to the radio
		rate_bps = fmax(link_trace_most_bps(trace), cell_untraced_bps(a->cell, ue, dir));
	return fmin(rate_bps, MOST_SENDER_BPS) / 8 * assembly_longest_way_s(a, ue, dir);
}

// ---- changes at run time

static int set_gain(struct assembly *a, uint32_t ue, double forced_db, int64_t now, struct err *err)
{
	a->ues[ue].forced_db = forced_db;
	return cell_set_gain(a->cell, ue, gain_db(a, ue, now), now, err);
}

static int set_loss(struct assembly *a, uint32_t ue, double loss, int64_t now, struct err *err)
{
	const struct impairment_config impairment = impairment_of(&a->config, loss);
	int rc = 0;
	for (int dir = 0; rc == 0 && dir < LINK_DIRS; dir++)
		rc = cell_set_loss(a->cell, ue, (enum link_dir)dir, &impairment, now, err);
	return rc;
}

static int set_delay(struct assembly *a, uint32_t ue, double delay_s, int64_t now, struct err *err)
{
	int rc = 0;
	for (int dir = 0; rc == 0 && dir < LINK_DIRS; dir++)
		rc = cell_set_delay(a->cell, ue, (enum link_dir)dir, s_to_ns(delay_s), now, err);
	return rc;
}

// Both directions have the same grants: what fits one fits the other.
static int set_grant(struct assembly *a, uint32_t ue, double hertz, int64_t now, struct err *err)
{
	int rc = cell_grant(a->cell, ue, LINK_UP, hertz, now, err);
	return rc < 0 ? rc : cell_grant(a->cell, ue, LINK_DOWN, hertz, now, err);
}

static int set_bandwidth(struct assembly *a, double bandwidth_hz, int64_t now, struct err *err)
{
	double band = band_hz(&a->config, bandwidth_hz);
	int rc = cell_set_bandwidth(a->cell, LINK_UP, band, now, err);
	return rc < 0 ? rc : cell_set_bandwidth(a->cell, LINK_DOWN, band, now, err);
}

static int change_ue(struct assembly *a, uint32_t ue, const struct live_setting *s, int64_t now,
		     struct err *err)
{
	switch ((enum live_what)s->what) {
	case LIVE_GAIN:
		return set_gain(a, ue, s->value, now, err);
	case LIVE_GAIN_AUTO:
		return set_gain(a, ue, NAN, now, err);
	case LIVE_LOSS:
		return set_loss(a, ue, s->value, now, err);
	case LIVE_GRANT:
		return set_grant(a, ue, s->value, now, err);
	case LIVE_DELAY:
		return set_delay(a, ue, s->value, now, err);
	case LIVE_BANDWIDTH:
		break;
	}
	return err_set(err, EINVAL, "change %u is not one of a UE", s->what);
}

int assembly_change(struct assembly *a, const struct live_setting *setting, int64_t now, struct err *err)
{
	if (setting->what == LIVE_BANDWIDTH)
		return set_bandwidth(a, setting->value, now, err);
	if (setting->ue != LIVE_ALL_UES && setting->ue >= a->config.n_ues)
		return err_set(err, EINVAL, "there is no ue%u", setting->ue + 1);
	bool everyone = setting->ue == LIVE_ALL_UES;
	int rc = 0;
	for (uint32_t i = everyone ? 0 : setting->ue;
	     rc == 0 && i < (everyone ? a->config.n_ues : setting->ue + 1); i++)
		rc = change_ue(a, i, setting, now, err);
	return rc;
}
