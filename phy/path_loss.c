// SPDX-License-Identifier: BSD-3-Clause
#include "phy/path_loss.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LIGHT_M_PER_S 299792458.

static const struct {
	const char *name;
	struct path_loss_range range;
} models[] = {
    [PATH_LOSS_FREE_SPACE] = {"free-space", {1, 1e6}},
    [PATH_LOSS_LOG_DISTANCE] = {"log-distance", {1, 1e6}},
    [PATH_LOSS_LTE_MACRO] = {"lte-macro", {1, 1e5}},
};

#define N_MODELS (sizeof(models) / sizeof(models[0]))

const char *path_loss_name(enum path_loss_model model)
{
	return (size_t)model < N_MODELS ? models[model].name : NULL;
}

struct path_loss_range path_loss_range(enum path_loss_model model)
{
	return models[model].range;
}

int path_loss_parse(const char *name, enum path_loss_model *out, struct err *err)
{
	for (size_t i = 0; i < N_MODELS; i++) {
		if (strcmp(name, models[i].name) == 0) {
			*out = (enum path_loss_model)i;
			return 0;
		}
	}
	char names[256] = "";
	for (size_t i = 0, used = 0; i < N_MODELS && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 models[i].name);
	return err_set(err, EINVAL, "path loss '%s' is unknown: write one of %s", name, names);
}

int path_loss_check(const struct path_loss *p, struct err *err)
{
	if (!path_loss_name(p->model))
		return err_set(err, EINVAL, "path loss model %d is unknown", (int)p->model);
	bool needs_frequency = p->model == PATH_LOSS_FREE_SPACE ||
			       (p->model == PATH_LOSS_LOG_DISTANCE && p->reference_loss_db == 0);
	if (needs_frequency && !(p->frequency_hz >= 1e6 && p->frequency_hz <= 1e12))
		return err_set(err, EINVAL, "%s path loss: carrier %g Hz is outside 1 MHz .. 1 THz",
			       path_loss_name(p->model), p->frequency_hz);
	if (p->model != PATH_LOSS_LOG_DISTANCE)
		return 0;
	if (!(p->exponent >= 1 && p->exponent <= 10))
		return err_set(err, EINVAL, "log-distance path loss: exponent %g is outside 1 .. 10",
			       p->exponent);
	if (!(p->reference_loss_db >= 0 && p->reference_loss_db <= 200))
		return err_set(err, EINVAL,
			       "log-distance path loss: loss at 1 m %g dB is outside 0 .. 200 dB",
			       p->reference_loss_db);
	return 0;
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
	double at_1m = p->reference_loss_db > 0 ? p->reference_loss_db : free_space_db(p->frequency_hz, 1);
	return at_1m + 10 * p->exponent * log10(distance_m);
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
	}
	__builtin_unreachable(); // path_loss_check refuses other values
}
