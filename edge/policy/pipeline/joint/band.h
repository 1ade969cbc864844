// SPDX-License-Identifier: BSD-3-Clause
// How devices with bursts share a band (ours). Device k has jobs of some types, is free from start_k on, and
// sends over w_k hertz at R_k(w_k) (Shannon's formula, predict_rate_bps). Its cuts and order are those of
// jps-plus (jps-hetero for several types). Wanted: cuts, orders and w_k with sum w_k <= W for which the last
// end of any device's processor and uplink is earliest.
//
// A plan in which device time F_j has passed when job j is through, and G_j bits are then to be sent by it
// and all behind it, is done by C iff its rate is at least max_j G_j / (C - start - F_j): the narrowest band
// for C has a closed form. Each device holds plans made for several rates; bisection finds the least C for
// which the narrowest bands fit. Plans for the rates so found join, and C is sought again; what is then left
// of the band goes to all in proportion.
//
// Held against a lower bound, the least C for which bands fit that bring each device's own bound down to C
// (tests/unit/edge/joint_lab.h). The split never ends later than equal bands.
#pragma once

#include "edge/policy/pipeline/scheme.h"
#include "edge/policy/policy.h"

struct band_device {
	int n_types;
	const struct chain *types; // upload_s: bits in place of seconds
	double start_s;
	int job; // of the snapshot: one of its jobs, whose radio is that of all
	// The answer; the plan is to be freed with pipeline_free.
	double hertz; // 0: sends nothing
	struct pipeline plan;
	double end_s; // of its processor and its uplink
};

// Fills the answers of devices[n]. 0 or -ENOMEM with a sentence.
int band_split(const struct snapshot *snapshot, struct band_device devices[], int n, double band_hz,
	       struct err *err);

// Each device that can send has an equal part of the band.
int band_equal(const struct snapshot *snapshot, struct band_device devices[], int n, double band_hz,
	       struct err *err);

// Over the rate that the device has: no part of any band.
int band_as_it_is(const struct snapshot *snapshot, struct band_device *device, struct err *err);
