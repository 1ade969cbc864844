// SPDX-License-Identifier: BSD-3-Clause
#include "base/histogram.h"

// Values below 256 have a bucket each; above, the top 8 bits choose one of 128 steps in each power of two.
static unsigned bucket_of(uint64_t v)
{
	if (v < 256)
		return (unsigned)v;
	unsigned shift = 56u - (unsigned)__builtin_clzll(v); // v >> shift lies in 128..255
	return shift * 128 + (unsigned)(v >> shift);
}

static int64_t upper_edge(unsigned bucket)
{
	if (bucket < 256)
		return (int64_t)bucket;
	unsigned shift = bucket / 128 - 1;
	uint64_t top = bucket % 128 + 128;
	return (int64_t)(((top + 1) << shift) - 1);
}

void histogram_add(struct histogram *h, int64_t value_ns)
{
	if (value_ns < 0)
		value_ns = 0;
	if (h->count == 0 || value_ns < h->min_ns)
		h->min_ns = value_ns;
	if (h->count == 0 || value_ns > h->max_ns)
		h->max_ns = value_ns;
	h->count++;
	h->sum_ns += (double)value_ns;
	h->bucket[bucket_of((uint64_t)value_ns)]++;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	if (from->count == 0)
		return;
	if (to->count == 0 || from->min_ns < to->min_ns)
		to->min_ns = from->min_ns;
	if (to->count == 0 || from->max_ns > to->max_ns)
		to->max_ns = from->max_ns;
	to->count += from->count;
	to->sum_ns += from->sum_ns;
	for (int i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

int64_t histogram_quantile(const struct histogram *h, double q)
{
	if (h->count == 0)
		return 0;
	uint64_t rank = (uint64_t)(q * (double)(h->count - 1)), seen = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen > rank) {
			int64_t edge = upper_edge(i);
			return edge < h->max_ns ? edge : h->max_ns;
		}
	}
	return h->max_ns;
}

double histogram_mean(const struct histogram *h)
{
	return h->count ? h->sum_ns / (double)h->count : 0;
}
