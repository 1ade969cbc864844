// SPDX-License-Identifier: BSD-3-Clause
// The order in which an unbatched edge serves users: by the earliest instant their raw input could be there.
#pragma once

#include "edge/policy/problem.h"

// Fills order[n_jobs]; ties by order_users.
void queue_order(struct problem *problem, int order[]);

// A run of the edge for one user: its sub-tasks from the cut on, one after another in one gap.
struct run {
	struct choice choice; // local work when no run costs less
	double earliest_s;    // when the GPU is free for it
	double latest_s;      // when it must have begun
};

// User m's cheapest run from free_s on, of equal ones the first. Batches take `scale` times F_n(1).
struct run queue_best_run(const struct problem *problem, int m, double scale, double free_s);

// When the GPU is free for run_s on end, from from_s on.
double queue_earliest_s(const struct problem *problem, double from_s, double run_s);

// Serves one user at its turn: writes its part of the plan, and returns when the GPU is free after it.
typedef double (*queue_serve_fn)(struct plan *plan, const struct problem *problem, int m, int position,
				 double gpu_free_s);

// A whole plan of an unbatched edge: everyone in this order, one after another on the GPU.
int queue_plan(const struct snapshot *snapshot, struct plan *plan, queue_serve_fn serve, struct err *err);
