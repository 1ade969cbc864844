// SPDX-License-Identifier: BSD-3-Clause
// The order in which an unbatched edge serves users: by the earliest instant their raw input could be there.
#pragma once

#include "edge/policy/problem.h"

// Fills order[n_users]; ties by order_users.
void queue_order(struct problem *problem, int order[]);

// Serves one user at its turn: writes its part of the plan, and returns when the GPU is free after it.
typedef double (*queue_serve_fn)(struct plan *plan, const struct problem *problem, int m, int position,
				 double gpu_free_s);

// A whole plan of an unbatched edge: everyone in this order, one after another on the GPU.
int queue_plan(const struct snapshot *snapshot, struct plan *plan, queue_serve_fn serve, struct err *err);
