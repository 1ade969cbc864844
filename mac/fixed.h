// SPDX-License-Identifier: BSD-3-Clause
// Instants and durations as 64.64 fixed-point nanoseconds: an integer sum never drifts, however many packets
// follow.
#pragma once

#include <stdint.h>

typedef unsigned __int128 fixed;
#define FIXED_ONE ((fixed)1 << 64)
// An instant this little past a whole nanosecond (2^-20 ns: rounding of 1e9 / rate over gigabytes) counts as
// that nanosecond.
#define FIXED_SLACK ((fixed)1 << 44)

static inline fixed fixed_of(int64_t ns)
{
	return (fixed)(uint64_t)ns << 64;
}

// The first whole nanosecond at which `at` has been reached.
static inline int64_t fixed_round_up(fixed at)
{
	return (int64_t)((at + (FIXED_ONE - 1) - FIXED_SLACK) >> 64);
}

static inline fixed fixed_later(fixed a, fixed b)
{
	return a > b ? a : b;
}

// rate_bps > 0
static inline fixed fixed_ns_per_bit(double rate_bps)
{
	return (fixed)(1e9L / (long double)rate_bps * 0x1p64L);
}
