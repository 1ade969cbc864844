// SPDX-License-Identifier: BSD-3-Clause
// What the tests of phy share: CMocka's headers, comparisons of doubles that print both sides, the seed, and
// the Kolmogorov-Smirnov distance.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define assert_near(value, expected, tolerance)                                                              \
	do {                                                                                                 \
		double value_ = (value), expected_ = (expected), tolerance_ = (tolerance);                   \
		if (!(fabs(value_ - expected_) <= tolerance_))                                               \
			fail_msg("%s = %.12g, expected %.12g within %.3g", #value, value_, expected_,        \
				 tolerance_);                                                                \
	} while (0)

#define assert_ratio(value, expected, relative)                                                              \
	assert_near(value, expected, (relative)*fabs((double)(expected)))

// AIRBATCH_TEST_SEED of the environment, else 1; printed, so that a failure can be repeated.
static inline uint64_t test_seed(void)
{
	const char *text = getenv("AIRBATCH_TEST_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 10) : 1;
	print_message("seed %llu (set AIRBATCH_TEST_SEED for another)\n", (unsigned long long)seed);
	return seed;
}

static inline int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// Greatest distance between the empirical distribution of n samples (sorted in place) and cdf(x, argument).
static inline double ks_distance(double *samples, int n, double (*cdf)(double x, double argument),
				 double argument)
{
	double worst = 0;
	qsort(samples, (size_t)n, sizeof(*samples), compare_doubles);
	for (int i = 0; i < n; i++) {
		double p = cdf(samples[i], argument);
		worst = fmax(worst, fmax(fabs(p - (double)i / n), fabs(p - (double)(i + 1) / n)));
	}
	return worst;
}

// What the distance exceeds with probability 1e-4 when the distribution is right (Kolmogorov's limit law).
static inline double ks_bound(int n)
{
	return 2.225 / sqrt((double)n);
}
