// SPDX-License-Identifier: BSD-3-Clause
// The grant strategies as pure rules.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "mac/grant/grant.h"

#define N 5
#define BAND_HZ 10e6

static const struct grant_ue five[N] = {
    {.backlogged = true, .hertz = 1e6, .rate_bps = 3e6, .mean_rate = 9e6, .deadline_ns = 50, .priority = 2},
    {.backlogged = true, .hertz = 2e6, .rate_bps = 5e6, .mean_rate = 5e6, .deadline_ns = 40, .priority = 1},
    {.backlogged = false, .hertz = 3e6, .rate_bps = 9e6, .mean_rate = 1e6, .deadline_ns = 10, .priority = 0},
    {.backlogged = true, .hertz = 0, .rate_bps = 0, .mean_rate = 0, .deadline_ns = 10, .priority = 0},
    {.backlogged = true, .hertz = 4e6, .rate_bps = 2e6, .mean_rate = 1e6, .deadline_ns = 60, .priority = 1},
};

static void each_rule_chooses_by_its_law(void **state)
{
	(void)state;
	static const int chosen[GRANT_STRATEGIES] = {[GRANT_ROUND_ROBIN] = 0,
						     [GRANT_PROPORTIONAL] = 4,
						     [GRANT_MAX_RATE] = 1,
						     [GRANT_PRIORITY] = 1,
						     [GRANT_EARLIEST_DEADLINE] = 1};
	for (int s = 0; s < GRANT_STRATEGIES; s++) {
		const struct grant_rule *rule = grant_rule_of((enum grant_strategy)s);
		double hertz[N];
		int64_t next_ns = grant_decide(rule, five, N, BAND_HZ, NS_PER_MS, 5 * NS_PER_MS / 2, hertz);
		assert_int_equal(next_ns, rule->sharing == GRANT_IN_TURNS ? 3 * NS_PER_MS : TIME_NEVER);
		for (int i = 0; i < N; i++) {
			double expected = i == chosen[s] ? BAND_HZ : 0;
			if (rule->sharing == GRANT_OWN_BANDS)
				expected = five[i].hertz;
			else if (rule->sharing == GRANT_AT_ONCE)
				expected = i == 2 || i == 3 ? 0 : BAND_HZ / 3;
			assert_true(hertz[i] == expected);
		}
		assert_string_equal(grant_names[s], rule->name);
	}
	assert_null(grant_names[GRANT_STRATEGIES]);
	assert_null(grant_rule_of(GRANT_STRATEGIES));
}

// Equal urgencies take turns: the last turn furthest back.
static void equals_take_turns(void **state)
{
	(void)state;
	static const enum grant_strategy strategies[] = {GRANT_ROUND_ROBIN, GRANT_MAX_RATE, GRANT_PRIORITY,
							 GRANT_EARLIEST_DEADLINE};
	for (int s = 0; s < 4; s++) {
		struct grant_ue ues[N];
		for (int i = 0; i < N; i++)
			ues[i] = (struct grant_ue){.backlogged = true, .rate_bps = 1e6};
		for (uint64_t turn = 1; turn <= 3 * N; turn++) {
			double hertz[N];
			grant_decide(grant_rule_of(strategies[s]), ues, N, BAND_HZ, 1, 0, hertz);
			for (uint64_t i = 0; i < N; i++)
				assert_true((hertz[i] > 0) == (i == (turn - 1) % N));
			ues[(turn - 1) % N].last_turn = turn;
		}
	}
}

static void nobody_there_gets_nothing(void **state)
{
	(void)state;
	for (int s = 0; s < GRANT_STRATEGIES; s++) {
		struct grant_ue idle[3] = {{.rate_bps = 1e6}, {.backlogged = true}, {.rate_bps = 0}};
		double hertz[3];
		grant_decide(grant_rule_of((enum grant_strategy)s), idle, 3, BAND_HZ, 1, 0, hertz);
		for (int i = 0; i < 3; i++)
			assert_true(hertz[i] == 0);
	}
}

static void a_grant_fits_or_says_by_how_much_not(void **state)
{
	(void)state;
	struct err err;
	assert_int_equal(grant_check(4e6, 6e6, BAND_HZ, &err), 0);
	assert_int_equal(grant_check(BAND_HZ / 3, BAND_HZ / 3 + BAND_HZ / 3, BAND_HZ, &err), 0);
	assert_int_equal(grant_check(4.5e6, 6e6, BAND_HZ, &err), -ERANGE);
	assert_non_null(strstr(err.text, "by 500000 Hz"));
	assert_int_equal(grant_check(1, 0, 0, &err), -ERANGE);
	assert_int_equal(grant_check(-1, 0, BAND_HZ, &err), -EINVAL);
	assert_int_equal(grant_check((double)NAN, 0, BAND_HZ, &err), -EINVAL);
	assert_int_equal(grant_check((double)INFINITY, 0, BAND_HZ, &err), -EINVAL);
}

// The scaled means are those of the recurrence, slot by slot, through rescaling and idle slots.
static void means_follow_the_recurrence(void **state)
{
	(void)state;
	struct rng *rng = rng_new(1, 1, RNG_TEST, 20);
	struct grant_means means = {5, 1};
	double plain[3] = {0}, stored[3] = {0};
	int rescaled = 0;
	for (int slot = 0; slot < 5000; slot++) {
		int served = (int)rng_below(rng, 3);
		double bits = rng_uniform(rng, 0, 1e6);
		stored[served] += grant_means_add(&means, bits);
		int64_t n_slots = 1 + (rng_below(rng, 10) == 0 ? (int64_t)rng_below(rng, 20) : 0);
		if (grant_means_pass(&means, n_slots)) {
			double factor = grant_means_rescale(&means);
			for (int i = 0; i < 3; i++)
				stored[i] *= factor;
			rescaled++;
		}
		for (int i = 0; i < 3; i++) {
			plain[i] = (plain[i] * (1 - 1 / 5.) + (i == served ? bits / 5 : 0)) *
				   pow(1 - 1 / 5., (double)(n_slots - 1));
			assert_true(fabs(stored[i] * means.scale / plain[i] - 1) < 1e-9 || plain[i] == 0);
		}
	}
	assert_true(rescaled > 3);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule_chooses_by_its_law),
	    cmocka_unit_test(equals_take_turns),
	    cmocka_unit_test(nobody_there_gets_nothing),
	    cmocka_unit_test(a_grant_fits_or_says_by_how_much_not),
	    cmocka_unit_test(means_follow_the_recurrence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
