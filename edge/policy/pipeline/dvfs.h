// SPDX-License-Identifier: BSD-3-Clause
// The lowest frequencies of a device at which its jobs are through in time. Ours, beside the makespan's
// schemes.
//
// Jobs run one after another from one instant on, job i with work W_i through by L_i at the latest. Energy is
// kappa W f^2 (dnn/device.h). It is convex in a job's time, so a frequency changes only where some L_i leaves
// no room, and never rises: work done over time is the least concave curve from (start, 0) above all points
// (L_i, W_1 + .. + W_i) (Yao, Demers, Shenker 1995, for jobs released together). Below f_min it is f_min. So
// no frequencies within these times cost less.
#pragma once

#include "dnn/device.h"
#include "base/err.h"
#include "edge/policy/policy.h"

struct paced_job {
	double work_flop; // >= 0
	double latest_s;
	double freq_flops; // the answer; 0 without work
	double done_flop;  // its own: work up to its end, and the corner of the curve before
	int before;
};

// Jobs in the device's order. At f_max each must be in time; else what is not runs at f_max. O(n).
void dvfs_pace(struct paced_job jobs[], int n, double start_s, const struct device *device);

// Lowers the frequencies of a plan in which jobs of a device run at f_max, batches not yet decided, as far as
// on no device the last end of processor and uplink, nor the last result, becomes later. Results: as if each
// device had the edge for itself, job by job. Who is then in time stays in time. Devices with one frequency,
// or that their jobs tell differently, stay as they are. 0 or -ENOMEM with a sentence.
int dvfs_slow_down(const struct snapshot *snapshot, struct plan *plan, struct err *err);
