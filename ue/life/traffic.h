// SPDX-License-Identifier: BSD-3-Clause
// When a UE's UDP datagrams leave (proto/datagram.h): one size at a constant bit rate, uplink. Pure: the
// emulated UE and the simulated one send at the same instants.
//
// The rate counts UDP payload bits. The first datagram leaves at a phase drawn uniformly from one interval
// (stream RNG_TRAFFIC of the UE), so that UEs are not in step; datagram k leaves k intervals later, to the
// nanosecond.
#pragma once

#include <stdint.h>
#include "base/rng.h"

// Departures as 64.64 fixed-point nanoseconds after the run's epoch: sums do not drift. An instant less than
// 2^-20 ns before a whole nanosecond is that nanosecond.
struct traffic {
	unsigned __int128 next, interval;
};

// rate_bps > 0. Draws the phase from rng, which may be NULL: phase 0.
void traffic_init(struct traffic *t, double rate_bps, int size_bytes, struct rng *rng);

// When the next datagram leaves, and the step to the one after it.
static inline int64_t traffic_next(const struct traffic *t)
{
	return (int64_t)((t->next + ((unsigned __int128)1 << 44)) >> 64);
}

static inline void traffic_step(struct traffic *t)
{
	t->next += t->interval;
}
