// SPDX-License-Identifier: BSD-3-Clause
// Devices that share a band, for tests and benchmarks of edge/policy/pipeline/joint.
#pragma once

#include "edge/policy/pipeline/joint/band.h"
#include "tests/unit/edge/pipeline_lab.h"

enum { JOINT_MOST = 16 };

struct joint_lab {
	int n;
	double band_hz;
	struct lab_chain chains[JOINT_MOST]; // upload_s: bits
	struct snapshot_job jobs[JOINT_MOST];
	struct snapshot snapshot;
	struct band_device devices[JOINT_MOST];
};

// n devices with up to `jobs` jobs each, radios 10 dB apart and more. Must not be moved; free it with
// joint_lab_free.
void joint_lab_draw(struct joint_lab *lab, struct rng *rng, int n, int n_cuts, int jobs);
void joint_lab_free(struct joint_lab *lab);

// The last end over all devices.
double joint_lab_end_s(const struct joint_lab *lab);

// No cuts, orders and split end earlier: the least C for which bands fit whose rates make each device's lower
// bound at most C.
double joint_lab_bound_s(const struct joint_lab *lab);

// The best cuts and orders of device k at a rate, by brute force.
double joint_lab_best_s(const struct joint_lab *lab, int k, double hertz);
