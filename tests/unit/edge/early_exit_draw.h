// SPDX-License-Identifier: BSD-3-Clause
// Random rounds of batching with early exits.
#pragma once

#include "base/rng.h"
#include "edge/policy/policy.h"

enum { DRAW_MOST_USERS = 64, DRAW_MOST_BLOCKS = 6, DRAW_MOST_BATCH = 64, DRAW_MOST_BUSY = 3 };

// One network, one band, its users; all that the snapshot points to.
struct round_drawn {
	struct snapshot snapshot;
	struct snapshot_network network;
	struct snapshot_job jobs[DRAW_MOST_USERS];
	struct busy busy[DRAW_MOST_BUSY];
	double work_flop[2 * DRAW_MOST_BLOCKS], cut_bits[2 * DRAW_MOST_BLOCKS + 1];
	double batch_s[2 * DRAW_MOST_BLOCKS * DRAW_MOST_BATCH];
	double exit_accuracy[DRAW_MOST_BLOCKS];
	int exit_subtasks[DRAW_MOST_BLOCKS];
};

// The setting of docs/policies.md: four blocks of (1.2 + .14 b, 1.4 + .15 b, 1.8 + .17 b, 1.6 + .14 b) ms,
// 24 kbit in T_u = 10 ms at a mean SNR of snr_db with Rayleigh fading, budgets uniform, exits uniform.
struct setting_drawn {
	int users;
	double band_hz, snr_db, least_budget_s, most_budget_s;
};
void draw_setting(struct round_drawn *round, struct rng *rng, const struct setting_drawn *setting);

// Anything: 1 to users users, 1 to 5 blocks of one or two sub-tasks, growing batch times that are no line,
// releases, delays, a guard, a busy edge, SNRs and powers, users without coverage or with too high a need,
// small batches, narrow and wide bands. T_u is 10 ms.
void draw_anything(struct round_drawn *round, struct rng *rng, int users);
