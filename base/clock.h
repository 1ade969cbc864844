// SPDX-License-Identifier: BSD-3-Clause
// Time is int64_t nanoseconds everywhere. Only the outermost loops read a clock; models are handed `now`.
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S 1000000000LL
#define TIME_NEVER INT64_MAX

// CLOCK_MONOTONIC: one clock for every process of a run, so that stamps of two processes can be subtracted.
static inline int64_t clock_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

// CLOCK_REALTIME: for time stamps in captures only.
static inline int64_t clock_wall_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static inline double ns_to_s(int64_t ns)
{
	return (double)ns / 1e9;
}

// Rounds to the nearest nanosecond; s must be finite and below 292 years.
static inline int64_t s_to_ns(double s)
{
	return (int64_t)(s * 1e9 + (s < 0 ? -0.5 : 0.5));
}
