// SPDX-License-Identifier: BSD-3-Clause
// The order in which an unbatched edge serves users: by the earliest instant their raw input could be there.
#pragma once

#include "edge/policy/problem.h"

// Fills order[n_users]; ties by index.
void queue_order(struct problem *problem, int order[]);
