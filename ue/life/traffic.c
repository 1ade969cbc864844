// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/traffic.h"

#include <stddef.h>

// 8e9 size / rate: exact to the last bit for a whole rate.
static unsigned __int128 interval_of(double rate_bps, int size_bytes)
{
	uint64_t rate = (uint64_t)rate_bps, bits = UINT64_C(8000000000) * (uint64_t)size_bytes;
	if ((double)rate == rate_bps)
		return ((unsigned __int128)bits << 64) / rate;
	return (unsigned __int128)((long double)bits / (long double)rate_bps * 0x1p64L);
}

void traffic_init(struct traffic *t, double rate_bps, int size_bytes, struct rng *rng)
{
	t->interval = interval_of(rate_bps, size_bytes);
	double interval_ns = (double)(t->interval >> 64) + 1;
	t->next = rng ? (unsigned __int128)rng_uniform(rng, 0, interval_ns) << 64 : 0;
}
