// SPDX-License-Identifier: BSD-3-Clause
#include "phy/path_loss.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include "phy/tr38901.h"

#define LIGHT_M_PER_S 299792458.

const char *const path_loss_names[] = {
    [PATH_LOSS_FREE_SPACE] = "free-space", [PATH_LOSS_LOG_DISTANCE] = "log-distance",
    [PATH_LOSS_LTE_MACRO] = "lte-macro",   [PATH_LOSS_UMA_LOS] = "uma-los",
    [PATH_LOSS_UMA_NLOS] = "uma-nlos",	   [PATH_LOSS_UMI_LOS] = "umi-los",
    [PATH_LOSS_UMI_NLOS] = "umi-nlos",	   NULL,
};

static const struct {
	struct path_loss_range range;
	bool is_tr38901, los;
	enum tr38901_scenario scenario;
} models[] = {
    [PATH_LOSS_FREE_SPACE] = {{1, 1e6}, false, true, 0},
    [PATH_LOSS_LOG_DISTANCE] = {{1, 1e6}, false, true, 0},
    [PATH_LOSS_LTE_MACRO] = {{1, 1e5}, false, true, 0},
    [PATH_LOSS_UMA_LOS] = {{TR38901_MIN_M, TR38901_MAX_M}, true, true, TR38901_UMA},
    [PATH_LOSS_UMA_NLOS] = {{TR38901_MIN_M, TR38901_MAX_M}, true, false, TR38901_UMA},
    [PATH_LOSS_UMI_LOS] = {{TR38901_MIN_M, TR38901_MAX_M}, true, true, TR38901_UMI},
    [PATH_LOSS_UMI_NLOS] = {{TR38901_MIN_M, TR38901_MAX_M}, true, false, TR38901_UMI},
};

#define N_MODELS (sizeof(models) / sizeof(models[0]))

const char *path_loss_name(enum path_loss_model model)
{
	return (size_t)model < N_MODELS ? path_loss_names[model] : NULL;
}

struct path_loss_range path_loss_range(enum path_loss_model model)
{
	return models[model].range;
}

static int check_frequency(const struct path_loss *p, double low_hz, double high_hz, struct err *err)
{
	if (p->frequency_hz >= low_hz && p->frequency_hz <= high_hz)
		return 0;
	return err_set(err, EINVAL, "%s path loss: carrier %g MHz is outside %g .. %g MHz",
		       path_loss_name(p->model), p->frequency_hz / 1e6, low_hz / 1e6, high_hz / 1e6);
}

static int check_log_distance(const struct path_loss *p, struct err *err)
{
	if (!(p->exponent >= 1 && p->exponent <= 10))
		return err_set(err, EINVAL, "log-distance path loss: exponent %g is outside 1 .. 10",
			       p->exponent);
	if (!(p->reference_loss_db >= 0 && p->reference_loss_db <= 200))
		return err_set(err, EINVAL,
			       "log-distance path loss: loss at 1 m %g dB is outside 0 .. 200 dB",
			       p->reference_loss_db);
	return p->reference_loss_db > 0 ? 0 : check_frequency(p, 1e6, 1e12, err);
}

static int check_tr38901(const struct path_loss *p, struct err *err)
{
	double max_ue_m = tr38901_max_ue_height_m(models[p->model].scenario);
	if (p->base_height_m != 0 && !(p->base_height_m >= 2 && p->base_height_m <= 150))
		return err_set(err, EINVAL, "%s path loss: base station height %g m is outside 2 .. 150 m",
			       path_loss_name(p->model), p->base_height_m);
	if (p->ue_height_m != 0 && !(p->ue_height_m >= 1.5 && p->ue_height_m <= max_ue_m))
		return err_set(err, EINVAL, "%s path loss: UE height %g m is outside 1.5 .. %g m",
			       path_loss_name(p->model), p->ue_height_m, max_ue_m);
	return check_frequency(p, TR38901_MIN_HZ, TR38901_MAX_HZ, err);
}

int path_loss_check(const struct path_loss *p, struct err *err)
{
	switch (p->model) {
	case PATH_LOSS_FREE_SPACE:
		return check_frequency(p, 1e6, 1e12, err);
	case PATH_LOSS_LOG_DISTANCE:
		return check_log_distance(p, err);
	case PATH_LOSS_LTE_MACRO:
		return 0;
	case PATH_LOSS_UMA_LOS:
	case PATH_LOSS_UMA_NLOS:
	case PATH_LOSS_UMI_LOS:
	case PATH_LOSS_UMI_NLOS:
		return check_tr38901(p, err);
	}
	return err_set(err, EINVAL, "path loss model %d is unknown", (int)p->model);
}

static double saturated(struct path_loss_range range, double distance_m)
{
	return isnan(distance_m) ? range.max_m : fmin(fmax(distance_m, range.min_m), range.max_m);
}

static double free_space_db(double frequency_hz, double distance_m)
{
	return 20 * log10(4 * M_PI * distance_m * frequency_hz / LIGHT_M_PER_S);
}

static double log_distance_db(const struct path_loss *p, double distance_m)
{
	double at_1m_db = p->reference_loss_db > 0 ? p->reference_loss_db : free_space_db(p->frequency_hz, 1);
	return at_1m_db + 10 * p->exponent * log10(distance_m);
}

double path_loss_db(const struct path_loss *p, double distance_m)
{
	double d = saturated(path_loss_range(p->model), distance_m);
	switch (p->model) {
	case PATH_LOSS_FREE_SPACE:
		return free_space_db(p->frequency_hz, d);
	case PATH_LOSS_LOG_DISTANCE:
		return log_distance_db(p, d);
	case PATH_LOSS_LTE_MACRO:
		return 128.1 + 37.6 * log10(d / 1000);
	case PATH_LOSS_UMA_LOS:
	case PATH_LOSS_UMA_NLOS:
	case PATH_LOSS_UMI_LOS:
	case PATH_LOSS_UMI_NLOS:
		break;
	}
	struct tr38901_link link = {p->frequency_hz, p->base_height_m, p->ue_height_m};
	return tr38901_path_loss_db(models[p->model].scenario, models[p->model].los, &link, d);
}

double path_loss_between_db(const struct path_loss *p, struct position base, struct position ue)
{
	if (!models[p->model].is_tr38901)
		return path_loss_db(p, distance_m(base, ue));
	struct path_loss placed = *p;
	if (base.z_m != 0)
		placed.base_height_m = base.z_m;
	if (ue.z_m != 0)
		placed.ue_height_m = ue.z_m;
	return path_loss_db(&placed, ground_distance_m(base, ue));
}

bool path_loss_has_los(enum path_loss_model model)
{
	return models[model].is_tr38901;
}

enum path_loss_model path_loss_variant(enum path_loss_model model, bool los)
{
	if (!models[model].is_tr38901)
		return model;
	if (models[model].scenario == TR38901_UMA)
		return los ? PATH_LOSS_UMA_LOS : PATH_LOSS_UMA_NLOS;
	return los ? PATH_LOSS_UMI_LOS : PATH_LOSS_UMI_NLOS;
}

double path_loss_los_probability(enum path_loss_model model, double ground_distance_m)
{
	return models[model].is_tr38901 ? tr38901_los_probability(models[model].scenario, ground_distance_m)
					: 1;
}

void path_loss_shadowing(enum path_loss_model model, double *sigma_db, double *decorrelation_m)
{
	bool known = models[model].is_tr38901;
	*sigma_db = known ? tr38901_shadowing_sigma_db(models[model].scenario, models[model].los) : 0;
	*decorrelation_m =
	    known ? tr38901_shadowing_decorrelation_m(models[model].scenario, models[model].los) : 0;
}
