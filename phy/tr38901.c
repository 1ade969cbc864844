// SPDX-License-Identifier: BSD-3-Clause
#include "phy/tr38901.h"

#include <math.h>

#define STANDARD_LIGHT_M_PER_S 3.0e8 // note 1 of table 7.4.1-1
#define ENVIRONMENT_HEIGHT_M 1.0     // hE
#define MIN_UE_HEIGHT_M 1.5

// Row by row what tables 7.4.1-1, 7.4.2-1 and 7.5-6 say of a scenario.
static const struct row {
	double base_height_m, max_ue_height_m;
	double los_offset_db, los_slope, breakpoint_slope; // PL1 = offset + slope lg d3D + 20 lg f
	double nlos_offset_db, nlos_slope, nlos_frequency, nlos_height; // PL' of NLOS
	double los_decay_m;						// 63 or 36 in exp(-d2D / .)
	double sigma_db[2], decorrelation_m[2];				// [los]
} rows[] = {
    [TR38901_UMA] = {25, 13, 28.0, 22, 9, 13.54, 39.08, 20, 0.6, 63, {6, 4}, {50, 37}},
    [TR38901_UMI] = {10, 22.5, 32.4, 21, 9.5, 22.4, 35.3, 21.3, 0.3, 36, {7.82, 4}, {13, 10}},
};

static double held(double value, double low, double high)
{
	return isnan(value) ? high : fmin(fmax(value, low), high);
}

static double base_height_m(const struct row *row, const struct tr38901_link *link)
{
	return link->base_height_m > 0 ? link->base_height_m : row->base_height_m;
}

static double ue_height_m(const struct row *row, const struct tr38901_link *link)
{
	return held(link->ue_height_m, MIN_UE_HEIGHT_M, row->max_ue_height_m);
}

double tr38901_breakpoint_m(enum tr38901_scenario scenario, const struct tr38901_link *link)
{
	const struct row *row = &rows[scenario];
	double base = base_height_m(row, link) - ENVIRONMENT_HEIGHT_M;
	double ue = ue_height_m(row, link) - ENVIRONMENT_HEIGHT_M;
	return 4 * base * ue * link->frequency_hz / STANDARD_LIGHT_M_PER_S;
}

double tr38901_path_loss_db(enum tr38901_scenario scenario, bool los, const struct tr38901_link *link,
			    double ground_distance_m)
{
	const struct row *row = &rows[scenario];
	double ground = held(ground_distance_m, TR38901_MIN_M, TR38901_MAX_M);
	double ue = ue_height_m(row, link), rise = base_height_m(row, link) - ue;
	double lg_d = log10(hypot(ground, rise)), lg_f = log10(link->frequency_hz / 1e9);
	double breakpoint = tr38901_breakpoint_m(scenario, link);

	double los_db = row->los_offset_db + 20 * lg_f;
	if (ground <= breakpoint)
		los_db += row->los_slope * lg_d;
	else
		los_db += 40 * lg_d - row->breakpoint_slope * log10(breakpoint * breakpoint + rise * rise);
	if (los)
		return los_db;
	double nlos_db = row->nlos_offset_db + row->nlos_slope * lg_d + row->nlos_frequency * lg_f -
			 row->nlos_height * (ue - MIN_UE_HEIGHT_M);
	return fmax(los_db, nlos_db);
}

double tr38901_los_probability(enum tr38901_scenario scenario, double ground_distance_m)
{
	double d = held(ground_distance_m, 0, TR38901_MAX_M);
	return d <= 18 ? 1 : 18 / d + exp(-d / rows[scenario].los_decay_m) * (1 - 18 / d);
}

double tr38901_shadowing_sigma_db(enum tr38901_scenario scenario, bool los)
{
	return rows[scenario].sigma_db[los];
}

double tr38901_shadowing_decorrelation_m(enum tr38901_scenario scenario, bool los)
{
	return rows[scenario].decorrelation_m[los];
}

double tr38901_max_ue_height_m(enum tr38901_scenario scenario)
{
	return rows[scenario].max_ue_height_m;
}
