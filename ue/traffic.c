// SPDX-License-Identifier: BSD-3-Clause
#include "ue/traffic.h"

#include <stddef.h>

void traffic_init(struct traffic *t, double rate_bps, int size_bytes, struct rng *rng)
{
	long double interval_ns = 8e9L * size_bytes / (long double)rate_bps;
	t->interval = (unsigned __int128)(interval_ns * 0x1p64L);
	t->next = rng ? (unsigned __int128)(rng_uniform(rng, 0, (double)interval_ns)) << 64 : 0;
}
