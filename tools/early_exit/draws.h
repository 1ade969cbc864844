// SPDX-License-Identifier: BSD-3-Clause
// Rounds of batching with early exits, drawn at random: users with Rayleigh fading around one mean SNR,
// deadlines and accuracy needs uniform in ranges. A user's numbers depend on seed, draw and its place alone,
// so settings and policies are compared over the same users, and a round with fewer users has the first of
// one with more.
#pragma once

#include <stdint.h>
#include "edge/policy/policy.h"

enum { DRAWS_MOST_USERS = 1000, DRAWS_MOST_BATCH = 1024 };

struct draws_setting {
	int users;
	double band_hz, mean_snr_db;
	double least_budget_s, most_budget_s; // of the time behind T_u
	double least_need, most_need;	      // accuracy
	double upload_s, upload_bits;
	uint64_t seed;
};

// The standard setting: docs/early-exit.md.
extern const struct draws_setting draws_standard;

// The standard network: four blocks of one sub-task each, with exits of accuracy 0.6, 0.7, 0.8, 0.9, and
// batch times (1.2 + 0.14 b, 1.4 + 0.15 b, 1.8 + 0.17 b, 1.6 + 0.14 b) ms, stated and not measured.
const struct snapshot_network *draws_network(void);

// Fills jobs[users] with round `draw` and the snapshot with them; what the snapshot points to must outlive
// it. bits[N + 1] gets the upload at each cut.
void draws_round(struct snapshot *snapshot, struct snapshot_job jobs[], double bits[],
		 const struct snapshot_network *network, const struct draws_setting *setting, uint64_t draw);
