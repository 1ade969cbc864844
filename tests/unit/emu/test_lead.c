// SPDX-License-Identifier: BSD-3-Clause
// Waking early: the lead finds its quantile whatever the law of lateness, follows when it changes, and never
// spins more than its share.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/lead.h"

enum { WAKE_UPS = 20000 };

static struct rng *rng;

static int open_stream(void **state)
{
	(void)state;
	const char *text = getenv("AIRBATCH_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
	printf("seed %llu (AIRBATCH_SEED)\n", (unsigned long long)seed);
	rng = rng_new(seed, 1, RNG_TEST, 0);
	return rng ? 0 : -1;
}

static int close_stream(void **state)
{
	(void)state;
	rng_free(rng);
	return 0;
}

// The part of n wake-ups, late by exp(mean) each, that comes after the deadline.
static double late_part(struct lead *lead, double mean_ns, int n, int64_t *now)
{
	int late = 0;
	for (int i = 0; i < n; i++) {
		*now += NS_PER_MS;
		int64_t lead_ns = lead_of(lead, *now), late_ns = (int64_t)rng_exponential(rng, mean_ns);
		int64_t planned = *now + NS_PER_MS / 2 - lead_ns;
		lead_learn(lead, planned, planned + late_ns);
		late += late_ns > lead_ns;
	}
	return (double)late / n;
}

static void the_lead_finds_its_quantile(void **state)
{
	(void)state;
	struct lead lead;
	int64_t now = NS_PER_S;
	lead_init(&lead, 1, now);
	static const double means_ns[] = {15e3, 40e3, 5e3};
	for (int i = 0; i < 3; i++) {
		late_part(&lead, means_ns[i], 2000, &now); // it settles
		double part = late_part(&lead, means_ns[i], WAKE_UPS, &now);
		assert_true(fabs(part - (1 - LEAD_QUANTILE)) < .01);
	}
	late_part(&lead, 10e6, 2000, &now); // a machine that is away for 10 ms: no lead would help
	assert_true(lead.lead_ns <= LEAD_MOST_NS);
	late_part(&lead, 0, 5000, &now);
	assert_true(lead.lead_ns < LEAD_STEP_NS);
}

// However often there is something to wake for, the time spun stays within the share and its reserve.
static void no_more_is_spun_than_the_share(void **state)
{
	(void)state;
	static const double shares[] = {0, .01, .1, 1};
	for (int i = 0; i < 4; i++) {
		struct lead lead;
		int64_t start = NS_PER_S, now = start, spun = 0;
		lead_init(&lead, shares[i], now);
		for (int k = 0; k < 100000; k++) {
			now += (int64_t)rng_below(rng, 100000);
			int64_t lead_ns = lead_of(&lead, now), late_ns = (int64_t)rng_below(rng, 60000);
			lead_learn(&lead, now, now + late_ns);
			if (lead_ns > late_ns) {
				now += lead_ns - late_ns;
				spun += lead_ns - late_ns;
				lead_spend(&lead, lead_ns - late_ns);
			}
		}
		double allowed = shares[i] * (double)(now - start) + LEAD_RESERVE_NS;
		assert_true((double)spun <= allowed);
		assert_true(shares[i] == 0 ? spun == 0 : spun > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_lead_finds_its_quantile),
	    cmocka_unit_test(no_more_is_spun_than_the_share),
	};
	return cmocka_run_group_tests(tests, open_stream, close_stream);
}
