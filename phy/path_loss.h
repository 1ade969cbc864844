// SPDX-License-Identifier: BSD-3-Clause
// Distance-dependent path loss: the median attenuation between two isotropic antennas, in dB (a positive
// number). Shadowing, fading and antenna gains are separate models; phy/channel.h puts them together.
//
// Every model has a range of distances in which its source states it. Outside, the distance saturates at the
// nearer end (path_loss_range says where), so that a UE at the mast or beyond the horizon gets a finite loss;
// a distance that is not a number counts as the far end.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "phy/position.h"

enum path_loss_model {
	PATH_LOSS_FREE_SPACE,	// Friis: 20 log10(4 pi d f / c); 1 m .. 1000 km
	PATH_LOSS_LOG_DISTANCE, // loss at 1 m + 10 n log10(d) (Rappaport 2002, 4.9); 1 m .. 1000 km
	PATH_LOSS_LTE_MACRO,	// 128.1 + 37.6 log10(d / km), 2 GHz (3GPP TR 36.942, 4.5.2); 1 m .. 100 km
	PATH_LOSS_UMA_LOS,	// 3GPP TR 38.901, table 7.4.1-1: phy/tr38901.h; ground distance 10 m .. 5 km
	PATH_LOSS_UMA_NLOS,
	PATH_LOSS_UMI_LOS,
	PATH_LOSS_UMI_NLOS,
};

struct path_loss {
	enum path_loss_model model;
	double frequency_hz;	  // carrier; unused by lte-macro and by log-distance with a reference loss
	double exponent;	  // n of log-distance: 2 = free space, 2.7 - 3.5 urban
	double reference_loss_db; // loss at 1 m of log-distance; 0 = free space at frequency_hz
	double base_height_m;	  // 3GPP UMa, UMi: 0 = the standard's 25 m, 10 m
	double ue_height_m;	  // 3GPP UMa, UMi: 0 = 1.5 m
};

// Parameters that are in range whatever the model: LTE macro at 2 GHz.
#define PATH_LOSS_DEFAULT                                                                                    \
	(struct path_loss)                                                                                   \
	{                                                                                                    \
		.model = PATH_LOSS_LTE_MACRO, .frequency_hz = 2e9, .exponent = 3                             \
	}

struct path_loss_range {
	double min_m, max_m;
};

// 0, or -EINVAL with a sentence that says which parameter is wrong and what would be right. To be called
// once; path_loss_db expects parameters that pass.
int path_loss_check(const struct path_loss *p, struct err *err);

// The distances between which the model holds; path_loss_db saturates at both.
struct path_loss_range path_loss_range(enum path_loss_model model);

// Loss in dB at distance_m > 0 metres, finite for every argument. The distance is along the ground for the
// 3GPP UMa and UMi models, which add the heights themselves, and along the straight line for the others.
double path_loss_db(const struct path_loss *p, double distance_m);

// The same between two places. The 3GPP models take their heights from z, and from the parameters where z is
// 0; UE heights outside the model's range saturate.
double path_loss_between_db(const struct path_loss *p, struct position base, struct position ue);

// Is the model one with a LOS and an NLOS variant (3GPP UMa, UMi)?
bool path_loss_has_los(enum path_loss_model model);

// The LOS or the NLOS variant of such a model; any other model is returned as it is.
enum path_loss_model path_loss_variant(enum path_loss_model model, bool los);

// The probability of LOS at a ground distance (3GPP TR 38.901, table 7.4.2-1); 1 for models without variants.
double path_loss_los_probability(enum path_loss_model model, double ground_distance_m);

// The shadowing that goes with a 3GPP variant: deviation (dB) and decorrelation distance (m); 0 and 0 for the
// others.
void path_loss_shadowing(enum path_loss_model model, double *sigma_db, double *decorrelation_m);

// "free-space", "log-distance", "lte-macro", "uma-los", ..., and NULL: what topology files take, in the order
// of the enum.
extern const char *const path_loss_names[];
const char *path_loss_name(enum path_loss_model model); // NULL outside the enum
