// SPDX-License-Identifier: BSD-3-Clause
#include "phy/channel.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "phy/decibel.h"
#include "phy/shadowing.h"

// TR 38.901, table 7.6.3.1-2: the correlation distance of the LOS state, UMa and UMi.
#define LOS_CORRELATION_M 50.

static const enum rng_purpose purposes[] = {RNG_MOBILITY, RNG_SHADOWING, RNG_LINE_OF_SIGHT, RNG_FADING};
enum { MOBILITY_STREAM, SHADOWING_STREAM, LOS_STREAM, FADING_STREAM, N_STREAMS };

struct radio_ue {
	struct rng *rng[N_STREAMS];
	struct mobile mobile;
	struct shadowing shadowing, los;
	struct fader fader;
	int64_t tick; // of state; -1 before the first
	struct radio_state state;
	double model_gain_db; // what gain_db is when not overridden
	bool overridden;
	double override_db;
};

struct radio_channel {
	struct radio_channel_config config;
	int n_ues;
	struct radio_ue *ue;
};

static double held(double gain_db)
{
	return isnan(gain_db) ? DB_FLOOR : fmin(fmax(gain_db, DB_FLOOR), DB_CEILING);
}

static int check_shadowing(const struct radio_channel_config *c, struct err *err)
{
	if (c->shadowing_sigma_db == RADIO_SHADOWING_OF_MODEL) {
		if (path_loss_has_los(c->path_loss.model))
			return 0;
		return err_set(err, EINVAL, "%s path loss has no shadowing of its own: give sigma in dB",
			       path_loss_name(c->path_loss.model));
	}
	if (!(c->shadowing_sigma_db >= 0 && c->shadowing_sigma_db <= 50))
		return err_set(err, EINVAL, "shadowing sigma %g dB is outside 0 .. 50 dB",
			       c->shadowing_sigma_db);
	if (c->shadowing_sigma_db > 0 &&
	    !(c->shadowing_decorrelation_m > 0 && c->shadowing_decorrelation_m <= 1e6))
		return err_set(err, EINVAL, "shadowing decorrelation distance %g m is outside 0 .. 1e6 m",
			       c->shadowing_decorrelation_m);
	return 0;
}

static int check_models(const struct radio_channel_config *c, struct err *err)
{
	struct path_loss placed = c->path_loss;
	if (c->base.z_m != 0)
		placed.base_height_m = c->base.z_m;
	int failed = path_loss_check(&placed, err);
	if (!failed && c->draw_los && !path_loss_has_los(c->path_loss.model))
		failed = err_set(err, EINVAL, "LOS can be drawn for uma and umi path loss only, not for %s",
				 path_loss_name(c->path_loss.model));
	if (!failed)
		failed = antenna_check(&c->base_antenna, err);
	if (!failed)
		failed = antenna_check(&c->ue_antenna, err);
	if (!failed)
		failed = check_shadowing(c, err);
	return failed;
}

static int check_config(const struct radio_channel_config *c, const struct mobility *ues, int n_ues,
			struct err *err)
{
	if (c->update_ns <= 0)
		return err_set(err, EINVAL, "channel update interval %lld ns must be above 0",
			       (long long)c->update_ns);
	int failed = fading_check(&c->fading, err);
	if (!failed && !c->trace)
		failed = check_models(c, err);
	for (int i = 0; !failed && i < n_ues; i++) {
		failed = mobility_check(&ues[i], err);
		if (failed)
			err_prefix(err, "UE %d", i);
	}
	return failed;
}

static int open_ue(struct radio_ue *u, const struct radio_channel_config *c, const struct mobility *mobility,
		   int index)
{
	for (int i = 0; i < N_STREAMS; i++) {
		u->rng[i] = rng_new(c->seed, c->run, purposes[i], (uint64_t)index);
		if (!u->rng[i])
			return -ENOMEM;
	}
	mobile_init(&u->mobile, mobility, u->rng[MOBILITY_STREAM]);
	shadowing_init(&u->shadowing, u->rng[SHADOWING_STREAM]);
	shadowing_init(&u->los, u->rng[LOS_STREAM]);
	fader_init(&u->fader, &c->fading, u->rng[FADING_STREAM]);
	u->tick = -1;
	return 0;
}

int radio_channel_new(struct radio_channel **out, const struct radio_channel_config *config,
		      const struct mobility *ues, int n_ues, struct err *err)
{
	int failed = check_config(config, ues, n_ues, err);
	if (failed)
		return failed;
	struct radio_channel *c = calloc(1, sizeof(*c));
	if (c)
		c->ue = calloc((size_t)n_ues + 1, sizeof(*c->ue));
	if (!c || !c->ue) {
		free(c);
		return err_set(err, ENOMEM, "out of memory for the channel of %d UEs", n_ues);
	}
	c->config = *config;
	c->n_ues = n_ues;
	for (int i = 0; i < n_ues; i++) {
		if (open_ue(&c->ue[i], config, &ues[i], i) != 0) {
			radio_channel_free(c);
			return err_set(err, ENOMEM, "out of memory for the channel of %d UEs", n_ues);
		}
	}
	*out = c;
	return 0;
}

void radio_channel_free(struct radio_channel *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->n_ues; i++)
		for (int k = 0; k < N_STREAMS; k++)
			rng_free(c->ue[i].rng[k]);
	free(c->ue);
	free(c);
}

static void draw_los(const struct radio_channel_config *c, struct radio_ue *u)
{
	double uniform =
	    0.5 * erfc(-shadowing_unit(&u->los, u->state.travelled_m, LOS_CORRELATION_M) * M_SQRT1_2);
	double ground_m = ground_distance_m(c->base, u->state.position);
	u->state.los = uniform < path_loss_los_probability(c->path_loss.model, ground_m);
}

// Moves the UE to a grid instant: place, LOS state, shadowing. What follows from them alone is computed by
// evaluate().
static void move(const struct radio_channel_config *c, struct radio_ue *u, int64_t at_ns)
{
	struct radio_state *s = &u->state;
	s->position = mobile_at(&u->mobile, at_ns, &s->travelled_m);
	s->los = c->path_loss.model != PATH_LOSS_UMA_NLOS && c->path_loss.model != PATH_LOSS_UMI_NLOS;
	if (c->draw_los)
		draw_los(c, u);
	double sigma_db = c->shadowing_sigma_db, decorrelation_m = c->shadowing_decorrelation_m;
	if (sigma_db == RADIO_SHADOWING_OF_MODEL)
		path_loss_shadowing(path_loss_variant(c->path_loss.model, s->los), &sigma_db,
				    &decorrelation_m);
	s->shadowing_db = shadowing_db(&u->shadowing, s->travelled_m, sigma_db, decorrelation_m);
}

static void evaluate(const struct radio_channel_config *c, struct radio_ue *u)
{
	struct radio_state *s = &u->state;
	struct path_loss path_loss = c->path_loss;
	path_loss.model = path_loss_variant(path_loss.model, s->los);
	s->distance_m = distance_m(c->base, s->position);
	s->path_loss_db = path_loss_between_db(&path_loss, c->base, s->position);
	s->antennas_db = antenna_gain_dbi(&c->base_antenna, c->base, s->position) +
			 antenna_gain_dbi(&c->ue_antenna, s->position, c->base);
	u->model_gain_db = -s->path_loss_db + s->shadowing_db + s->antennas_db;
}

static bool path_is_drawn(const struct radio_channel_config *c, const struct radio_ue *u)
{
	return u->mobile.config.model != MOBILITY_STATIC && (c->draw_los || c->shadowing_sigma_db != 0);
}

// Every grid instant of a drawn path is visited, so that the draws do not depend on which ones are asked for.
static void advance(const struct radio_channel *c, struct radio_ue *u, int ue, int64_t tick)
{
	const struct radio_channel_config *config = &c->config;
	int64_t at_ns = tick * config->update_ns;
	if (config->trace) {
		u->model_gain_db = gain_trace_db(config->trace, ue, at_ns);
		mobile_at(&u->mobile, at_ns, &u->state.travelled_m);
	} else {
		for (int64_t t = path_is_drawn(config, u) ? u->tick + 1 : tick; t <= tick; t++)
			move(config, u, t * config->update_ns);
		evaluate(config, u);
	}
	u->tick = tick;
	u->state.at_ns = at_ns;
	u->state.fading_db = linear_to_db(fader_power(&u->fader, at_ns, u->state.travelled_m));
	u->model_gain_db = held(u->model_gain_db + u->state.fading_db);
}

const struct radio_state *radio_channel_at(struct radio_channel *c, int ue, int64_t now_ns)
{
	struct radio_ue *u = &c->ue[ue];
	int64_t tick = now_ns > 0 ? now_ns / c->config.update_ns : 0;
	if (tick > u->tick)
		advance(c, u, ue, tick);
	u->state.gain_db = u->overridden ? u->override_db : u->model_gain_db;
	return &u->state;
}

double radio_channel_gain_db(struct radio_channel *c, int ue, int64_t now_ns)
{
	return radio_channel_at(c, ue, now_ns)->gain_db;
}

int64_t radio_channel_next_ns(const struct radio_channel *c, int64_t now_ns)
{
	return now_ns < 0 ? 0 : (now_ns / c->config.update_ns + 1) * c->config.update_ns;
}

void radio_channel_override(struct radio_channel *c, int ue, double gain_db)
{
	c->ue[ue].overridden = true;
	c->ue[ue].override_db = held(gain_db);
}

void radio_channel_release(struct radio_channel *c, int ue)
{
	c->ue[ue].overridden = false;
}
