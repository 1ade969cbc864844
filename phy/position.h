// SPDX-License-Identifier: BSD-3-Clause
// Points in metres: x east, y north, z above ground.
#pragma once

#include <math.h>

struct position {
	double x_m, y_m, z_m;
};

// Along the ground: d2D of 3GPP.
static inline double ground_distance_m(struct position a, struct position b)
{
	return hypot(a.x_m - b.x_m, a.y_m - b.y_m);
}

// The straight line: d3D of 3GPP.
static inline double distance_m(struct position a, struct position b)
{
	return hypot(ground_distance_m(a, b), a.z_m - b.z_m);
}
