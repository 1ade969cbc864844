// SPDX-License-Identifier: BSD-3-Clause
// When a UE's tasks arise. Pure: the same stream gives the same arrivals under every policy and in both
// clocks.
#pragma once

#include <stdint.h>
#include "base/rng.h"

enum arrivals_kind {
	ARRIVALS_BURST,	   // `count` tasks (1 when 0) at time 0
	ARRIVALS_PERIODIC, // at 0, T, 2T, ... plus a uniform jitter in [0, jitter)
	ARRIVALS_POISSON,  // exponential gaps of mean 1 / rate
	ARRIVALS_NONE,	   // no tasks: a UE that has traffic only, or none at all
};

struct arrivals {
	enum arrivals_kind kind;
	double period_s, jitter_s, rate_hz;
	int count; // at most this many tasks; 0 = no limit (burst: one)
};

struct source {
	struct arrivals arrivals;
	struct rng *rng; // not owned
	int drawn;
	double last_s; // Poisson: the arrival before
};

void source_init(struct source *s, const struct arrivals *arrivals, struct rng *rng);

// The next arrival in ns after the run's epoch, ascending for jitter <= period; TIME_NEVER when there is none
// left.
int64_t source_next(struct source *s);

const char *arrivals_kind_name(enum arrivals_kind kind);
