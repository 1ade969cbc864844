// SPDX-License-Identifier: BSD-3-Clause
// What a group saves of the energy, pair by pair: each of its runs against the run of the same seed and
// number whose UEs stand at the same places.
#pragma once

#include "base/estimate.h"
#include "tools/report/groups.h"

struct saving {
	const struct group *base; // NULL: nothing to compare with
	struct estimate percent;  // of the pairs' savings; NaN: it is its own base, or no pair has figures
	size_t pairs;
};

// The base: the first group of the same engine and setting; where a setting has one group only, the first of
// all groups that has any pair with it.
struct saving group_saving(const struct groups *g, int i);
