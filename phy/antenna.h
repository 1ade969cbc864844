// SPDX-License-Identifier: BSD-3-Clause
// Antenna gain towards a direction, in dBi.
//   isotropic  the same gain everywhere
//   sector     one panel element of 3GPP TR 38.901, table 7.3-1: 65 degrees at half power in both
//              planes, at most 30 dB below the peak (8 dBi in the standard: set gain_dbi), pointed by
//              azimuth and downtilt
#pragma once

#include "base/err.h"
#include "phy/position.h"

enum antenna_model { ANTENNA_ISOTROPIC, ANTENNA_SECTOR };

// "isotropic", "sector", and NULL: what topology files take, in the order of the enum.
extern const char *const antenna_names[];

struct antenna {
	enum antenna_model model;
	double gain_dbi;     // at the peak
	double azimuth_deg;  // sector: boresight, counter-clockwise from east (x)
	double downtilt_deg; // sector: boresight below the horizon
};

// 0, or -EINVAL with a sentence.
int antenna_check(const struct antenna *a, struct err *err);

// Gain from the antenna at `from` towards `to`: finite; two antennas at the same place see each other at the
// peak.
double antenna_gain_dbi(const struct antenna *a, struct position from, struct position to);
