// SPDX-License-Identifier: BSD-3-Clause
// F_n(b) as it really is in a run: batches that take longer or shorter than the profile says, all of them by
// about the same factor (another clock, another neighbour on the host), are followed slowly, and plans are
// made with what was measured. Pure.
#pragma once

#include <stdint.h>
#include "dnn/profile.h"

struct drift {
	const struct profile *profile;
	double *planned_s; // [n_subtasks][max_batch]: the profile's 95th percentiles, times the factor
	double log_factor; // the batches so far over the profile's medians: a running mean that no single
			   // batch moves far (Huber 1964)
	double log_planned;
	uint64_t batches;
};

int drift_open(struct drift *d, const struct profile *profile); // 0 or -ENOMEM; profile must outlive it
void drift_close(struct drift *d);

// A batch of b members took so long, from hand-over to when its end was noticed.
void drift_follow(struct drift *d, int subtask, int b, int64_t took_ns);

// The factor that plans are made with: 1 before the 20th batch, then within 1/2 to 4.
double drift_factor(const struct drift *d);
