// SPDX-License-Identifier: BSD-3-Clause
// How a UE moves.
//   static           stays at its start
//   linear           goes straight on for ever at one velocity
//   random-waypoint  goes to a point drawn uniformly in a rectangle at a speed drawn uniformly for the
//                    leg, pauses, draws again (Johnson and Maltz 1996). Its places are denser in the
//                    middle than uniform, and its mean speed over time lies below the middle of the
//                    range, since slow legs last longer (Yoon, Liu, Noble, INFOCOM 2003: the least
//                    speed must be above 0, or the mean decays to 0).
//   trace            follows recorded waypoints (phy/trace/waypoint.h)
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "base/rng.h"
#include "phy/trace/waypoint.h"

enum mobility_model { MOBILITY_STATIC, MOBILITY_LINEAR, MOBILITY_RANDOM_WAYPOINT, MOBILITY_TRACE };

struct mobility {
	enum mobility_model model;
	int trace_ue;				   // trace: whose rows
	struct position start;			   // all but trace; random-waypoint keeps its height
	double vx_mps, vy_mps, vz_mps;		   // linear
	double min_x_m, min_y_m, max_x_m, max_y_m; // random-waypoint: the rectangle
	double min_speed_mps, max_speed_mps;	   // random-waypoint: 0 < min <= max
	double pause_s;				   // random-waypoint: at each waypoint
	const struct waypoint_trace *trace;	   // trace: borrowed
};

// 0, or -EINVAL with a sentence that says what would be right.
int mobility_check(const struct mobility *m, struct err *err);

// "static", "linear", "random-waypoint", "trace", and NULL: what topology files take, in the order of the
// enum.
extern const char *const mobility_names[];

// One UE on its way.
struct mobile {
	struct mobility config;
	struct rng *rng; // borrowed; random-waypoint
	// The present leg of a random-waypoint: from, to, when it leaves, arrives and sets out again, the way
	// before it.
	struct position from, to;
	int64_t leave_ns, arrive_ns, next_ns;
	double before_m;
};

// config must pass mobility_check; rng must outlive the mobile and feed nothing else (may be NULL for other
// models than random-waypoint).
void mobile_init(struct mobile *m, const struct mobility *config, struct rng *rng);

// The place at now_ns >= 0, and the way travelled since 0 in metres. Random-waypoint: time must not go back
// beyond the present leg's start (the start of the leg is returned).
struct position mobile_at(struct mobile *m, int64_t now_ns, double *travelled_m);
