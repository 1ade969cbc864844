// SPDX-License-Identifier: BSD-3-Clause
// The b largest of a stream of gains: a heap with the smallest on top, and the sum of what it keeps.
#pragma once

#include "edge/policy/cost.h"

struct gains {
	struct cost *heap; // [room] given by the caller
	int n, room;	   // kept now, kept at most
	struct cost sum;
};

void gains_add(struct gains *gains, struct cost gain);
