// SPDX-License-Identifier: BSD-3-Clause
// Plans every setting with every built-in policy on the same random placements, in the ideal model of
// docs/policies.md: one task of each user at time 0, the GPU free, no overheads. Deterministic: placement k
// of seed s is what `airbatch run --seed s --run k` draws for the same cell (streams RNG_PLACEMENT and
// RNG_DEADLINE, index = user), so a setting with fewer users has the first users of one with more, and
// policies and settings are compared pairwise. Every plan is replayed by plan_check.
#pragma once

#include <stdint.h>
#include "base/estimate.h"
#include "tools/offline/setting.h"

enum { MOST_POLICIES = 32 };

// One placement of one setting under one policy; energies are per user (= per task), joules.
struct outcome {
	double energy_j; // the plan's own total of the users, edge aside
	double compute_j, transmit_j, edge_j;
	int feasible, offloaded, partitioned; // users; partitioned = cut neither at the input nor at the end
	double plan_s; // how long planning took: the only figure that is not deterministic
};

struct experiment {
	size_t n_settings;
	const struct setting *settings;
	int n_policies;
	const char *policies[MOST_POLICIES]; // names; LC is among them
	int placements;
	uint64_t seed;
	const char *profile;	  // F_n(b) of MobileNet-V2, see experiment_network_open
	struct outcome *outcomes; // [n_settings][n_policies][placements]
};

// An empty experiment with the built-in policies that minimise energy, to be filled by experiment_run (or by a test). Keeps
// `settings` and `profile` (may be NULL), which must outlive it. NULL with errno.
struct experiment *experiment_new(const struct setting *settings, size_t n, int placements, uint64_t seed,
				  const char *profile);
void experiment_free(struct experiment *experiment);

// progress (may be NULL) is told the share done. -EPROTO when a plan breaks a rule.
int experiment_run(struct experiment *experiment, void (*progress)(double share, void *user), void *user,
		   struct err *err);

// The users of a setting as placement k (1..) draws them; users[setting->users].
int experiment_place(const struct setting *setting, const struct experiment_network *network, uint64_t seed,
		     uint64_t placement, struct snapshot_job *users, struct err *err);

// Writes placement 1 of every main-grid setting as DIR/<setting>.json for `airbatch plan --instance`.
int experiment_write_instances(const struct experiment *experiment, const char *directory, struct err *err);

// The setting's network; freed with experiment_network_close.
int experiment_network_of(const struct experiment *experiment, const struct setting *setting,
			  struct experiment_network *out, struct err *err);

// Index of a setting equal to *s, or of a policy; -1 when absent.
ptrdiff_t experiment_find(const struct experiment *experiment, const struct setting *s);
int experiment_policy(const struct experiment *experiment, const char *name);

// The outcomes of all placements.
struct outcome *experiment_at(const struct experiment *experiment, size_t setting, int policy);

// Saving of the users' energy against LC, per cent, over placements; with_edge: of users and edge together
// (LC has no edge).
struct estimate experiment_saving(const struct experiment *experiment, size_t setting, int policy,
				  bool with_edge);
