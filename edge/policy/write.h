// SPDX-License-Identifier: BSD-3-Clause
// Writing what a policy decides: cuts, frequencies and batches. Times and energies are predicted later, for
// all policies alike (predict.h).
#pragma once

#include "edge/policy/problem.h"

// Opens a batch at the end of the plan (edge_freq 1).
struct plan_batch *write_batch(struct plan *plan, int network, int subtask, int group, double start_s);

// Adds a member to the batch opened last.
void write_member(struct plan *plan, int user);

// When the batch opened last ends: it takes plan->gpu_shares F_n(members) / edge_freq.
double batch_ends_s(const struct plan *plan, const struct snapshot *snapshot);

// User m runs everything on the device (problem->local).
void write_local(struct plan *plan, const struct problem *problem, int m);

// User m offloads as chosen.
void write_offloader(struct plan *plan, int m, const struct choice *choice, int group);

// A run of the edge for user m alone, without batching: its sub-tasks cut..N-1 back to back from start_s.
// Returns the end.
double write_single_run(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
			int group, double start_s);

// When user m's upload has arrived under this choice.
double upload_arrives_s(const struct problem *problem, int m, const struct choice *choice);
