// SPDX-License-Identifier: BSD-3-Clause
// Distance-dependent path loss: the median attenuation between two isotropic antennas, in dB (a positive
// number). Shadowing, fading and antenna gains are separate models; phy/channel.h puts them together.
//
// Every model has a range of distances in which its source states it. Outside, the distance saturates at the
// nearer end (path_loss_range says where), so that a UE at the mast or beyond the horizon gets a finite loss;
// a distance that is not a number counts as the far end.
#pragma once

#include "base/err.h"

enum path_loss_model {
	PATH_LOSS_FREE_SPACE,	// Friis: 20 log10(4 pi d f / c); 1 m .. 1000 km
	PATH_LOSS_LOG_DISTANCE, // loss at 1 m + 10 n log10(d); 1 m .. 1000 km (Rappaport, Wireless
				// Communications, 4.9)
	PATH_LOSS_LTE_MACRO,	// 128.1 + 37.6 log10(d / km), 2 GHz (3GPP TR 36.942, 4.5.2); 1 m .. 100 km
};

struct path_loss {
	enum path_loss_model model;
	double frequency_hz;	  // carrier; used by free-space, and by log-distance without a reference loss
	double exponent;	  // n of log-distance: 2 = free space, 2.7 - 3.5 urban
	double reference_loss_db; // loss at 1 m of log-distance; 0 = free space at frequency_hz
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

// Loss in dB at distance_m > 0 metres, finite for every argument.
double path_loss_db(const struct path_loss *p, double distance_m);

// "free-space", "log-distance", "lte-macro": the names used in topology files. NULL outside the enum.
const char *path_loss_name(enum path_loss_model model);

// The model of that name into *out; 0, or -EINVAL with a sentence that lists the names.
int path_loss_parse(const char *name, enum path_loss_model *out, struct err *err);
