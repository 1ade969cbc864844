// SPDX-License-Identifier: BSD-3-Clause
// Plans of one device, made for several rates of its uplink.
#pragma once

#include "edge/policy/pipeline/joint/band.h"

enum { CANDIDATES_MOST = 20 };

struct candidates {
	const struct band_device *device;
	struct chain *scaled; // [n_types] at the rate in hand; its curves are one piece
	double *seconds;
	int n;
	struct pipeline plans[CANDIDATES_MOST];
};

int candidates_open(struct candidates *out, const struct band_device *device, struct err *err);
void candidates_close(struct candidates *c); // of one that is all zero, too

// Adds the device's plan at this rate, unless there are CANDIDATES_MOST. 0 bit/s: all local.
int candidates_add(struct candidates *c, double rate_bps, struct err *err);

// The least rate at which one of the plans is done by end_s; INFINITY when none is.
double candidates_rate_bps(const struct candidates *c, double end_s);

// The shortest plan at this rate, in its best order there, and when it ends. out is not emptied first.
int candidates_best(const struct candidates *c, double rate_bps, struct pipeline *out, double *end_s,
		    struct err *err);
