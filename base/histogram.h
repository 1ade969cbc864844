// SPDX-License-Identifier: BSD-3-Clause
// A log-linear histogram of nanoseconds (128 steps a power of two: at most 0.8 % wide), fixed size, no
// allocation after creation: made for the packet path. Negative values count as 0.
#pragma once

#include <stdint.h>

#define HISTOGRAM_BUCKETS (57 * 128)

struct histogram {
	uint64_t count;
	int64_t min_ns, max_ns;
	double sum_ns;
	uint32_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, int64_t value_ns);
// Adds what `from` holds.
void histogram_merge(struct histogram *to, const struct histogram *from);
// The q-quantile (0 <= q <= 1), upper edge of its bucket, at most max_ns; 0 when empty.
int64_t histogram_quantile(const struct histogram *h, double q);
double histogram_mean(const struct histogram *h); // 0 when empty
