// SPDX-License-Identifier: BSD-3-Clause
// Random snapshots for the policies' tests: everything on the scale of T = 100 ms, so that local work,
// uploads, batches and deadlines compete; some users encode their features, unless all is plain.
#pragma once

#include "base/rng.h"
#include "edge/policy/policy.h"

enum batch_growth { GROWTH_CONSTANT, GROWTH_AFFINE, GROWTH_JUMPS };

struct instance_shape {
	int jobs, networks, subtasks; // subtasks of the deepest network; the others may have fewer
	enum batch_growth growth;
	bool equal_deadlines;
	bool plain; // no releases, delays, guard, busy GPU, users without coverage or slow devices
	bool edge_power;
	int max_batch; // of all networks; 0 = 6
};

struct instance {
	struct snapshot snapshot;
	struct snapshot_network *networks;
	struct snapshot_job *jobs;
	double *storage;
};

// Draws a snapshot; NULL when out of memory. The caller frees it.
struct instance *instance_new(struct rng *rng, const struct instance_shape *shape);
void instance_free(struct instance *instance);

// Draws up to most_busy times at which the GPU is taken, after servers[0].free_s, into busy[most_busy] and
// gives them to the snapshot.
void instance_draw_busy(struct rng *rng, struct instance *instance, struct busy busy[], int most_busy);

// Writes the snapshot's numbers to standard error, for a failing case.
void instance_print(const struct instance *instance);

// AIRBATCH_SEED from the environment, or a fixed default; printed, so that a failure can be repeated.
unsigned long test_seed(void);

// Whether the policy plans snapshots with so many networks.
bool plans_networks(const struct policy *policy, int n_networks);
