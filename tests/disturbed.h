// SPDX-License-Identifier: BSD-3-Clause
// Verdicts on real time in CMocka programs. A machine that keeps processes waiting for a processor says
// nothing about the code: what is wrong in every try while they wait is skipped, with how long they did; what
// is wrong while nobody waits is the code's fault. main() returns disturbed_status(rc): 77, skipped, for
// ctest.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"

enum { DISTURBED_TRIES = 4 };

// Share of the time in which processes may wait for a processor on a machine that counts as undisturbed.
#define DISTURBED_SHARE 0.02

static bool disturbed_seen;

// Nanoseconds for which some process has waited for a processor since the machine started; 0: nobody counts
// them.
static inline int64_t disturbed_waited_ns(void)
{
	unsigned long long us = 0;
	FILE *f = fopen("/proc/pressure/cpu", "re");
	if (f && fscanf(f, "some %*s %*s %*s total=%llu", &us) != 1)
		us = 0;
	if (f)
		fclose(f);
	return (int64_t)us * NS_PER_US;
}

// measure: makes the measurement and says whether all is as it should be.
static inline void disturbed_or_right(const char *what, bool (*measure)(void *user), void *user)
{
	double share = 0;
	for (int i = 0; i < DISTURBED_TRIES; i++) {
		int64_t start = clock_now_ns(), waited = disturbed_waited_ns();
		if (measure(user))
			return;
		share = (double)(disturbed_waited_ns() - waited) / (double)(clock_now_ns() - start);
		if (share < DISTURBED_SHARE)
			fail_msg("%s: wrong, and nothing disturbed this measurement", what);
	}
	printf("skipped: %s: processes waited for a processor for %.0f %% of the time\n", what, 100 * share);
	disturbed_seen = true;
	skip();
}

static inline int disturbed_status(int rc)
{
	return rc ? rc : disturbed_seen ? 77 : 0;
}
