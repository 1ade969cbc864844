// SPDX-License-Identifier: BSD-3-Clause
// Writing a plan: policies decide cuts and batches, these functions fill in the predicted times and energies.
#pragma once

#include "edge/policy/problem.h"

// Opens a batch at the end of the plan (edge_freq 1; duration from the model when its members are known).
struct plan_batch *write_batch(struct plan *plan, int network, int subtask, int group, double start_s);

// Adds a member to the batch opened last.
void write_member(struct plan *plan, int user);

// Closes the batch opened last: duration = plan->gpu_shares F_n(members) / edge_freq. Returns when it ends.
double close_batch(struct plan *plan, const struct snapshot *snapshot);

// User m runs everything on the device (problem->local).
void write_local(struct plan *plan, const struct problem *problem, int m);

// User m offloads as chosen; the last of its batches ends at edge_end_s. Infeasible when that is past its
// deadline.
void write_offloader(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
		     int group, double edge_end_s);

// A run of the edge for user m alone, without batching: its sub-tasks cut..N-1 back to back from start_s.
// Returns the end.
double write_single_run(struct plan *plan, const struct problem *problem, int m, const struct choice *choice,
			int group, double start_s);

// When user m's upload has arrived under this choice.
double upload_arrives_s(const struct problem *problem, int m, const struct choice *choice);

// Puts batches in order of start and adds up the totals. Call last.
void write_totals(struct plan *plan, const struct snapshot *snapshot);
