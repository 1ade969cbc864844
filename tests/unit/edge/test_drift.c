// SPDX-License-Identifier: BSD-3-Clause
// The edge's plans follow batches that all take a factor longer than their profile, within its noise and few
// batches' time, and no single batch moves them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "edge/process/drift.h"

enum { SUBTASKS = 5, BATCHES = 8 };

struct lab {
	struct network *net;
	struct profile *profile;
	struct drift drift;
	struct rng *rng;
};

static int set_up(void **state)
{
	static struct lab lab;
	static const char text[] = "network five\ninput 4x4x3\nsubtask A\nconv 1x1 4\nsubtask B\nconv 1x1 4\n"
				   "subtask C\nconv 1x1 4\nsubtask D\nconv 1x1 4\nsubtask E\nfc 5\n";
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	lab.rng = rng_new(seed, 0, RNG_TEST, 0);
	assert_int_equal(network_parse(&lab.net, text, "five", 1, NULL), 0);
	lab.profile = profile_new(lab.net, BATCHES);
	for (int i = 0; i < SUBTASKS * BATCHES; i++) {
		double s = 1e-3 * (1 + i / BATCHES + i % BATCHES);
		lab.profile->entries[i] = (struct profile_entry){
		    .runs = 1, .median_s = s, .p95_s = 1.1 * s, .min_s = s, .max_s = 2 * s};
	}
	profile_make_monotone(lab.profile);
	assert_int_equal(drift_open(&lab.drift, lab.profile), 0);
	*state = &lab;
	return 0;
}

static int tear_down(void **state)
{
	struct lab *lab = *state;
	drift_close(&lab->drift);
	profile_free(lab->profile);
	network_free(lab->net);
	rng_free(lab->rng);
	return 0;
}

// n batches of any sub-task and size, each `factor` times the median, give or take noise.
static void run(struct lab *lab, int n, double factor, double noise)
{
	for (int i = 0; i < n; i++) {
		int subtask = (int)rng_below(lab->rng, SUBTASKS), b = 1 + (int)rng_below(lab->rng, BATCHES);
		double s = lab->profile->median_s[subtask * BATCHES + b - 1];
		s *= factor * rng_uniform(lab->rng, 1 - noise, 1 + noise);
		drift_follow(&lab->drift, subtask, b, s_to_ns(s));
	}
}

static void plans_follow_a_factor(void **state)
{
	struct lab *lab = *state;
	run(lab, 19, 1.3, .02);
	assert_true(drift_factor(&lab->drift) == 1);
	run(lab, 1, 1.3, .02);
	assert_true(fabs(drift_factor(&lab->drift) / 1.3 - 1) < .02);
	run(lab, 200, .9, .02);
	assert_true(fabs(drift_factor(&lab->drift) / .9 - 1) < .02);
	for (int i = 0; i < SUBTASKS * BATCHES; i++) // plans are made anew from half a percent on
		assert_true(
		    fabs(lab->drift.planned_s[i] / (lab->profile->p95_s[i] * drift_factor(&lab->drift)) - 1) <
		    .006);
}

static void one_batch_moves_nothing(void **state)
{
	struct lab *lab = *state;
	run(lab, 100, 1, .02);
	run(lab, 1, 50, 0);
	assert_true(fabs(drift_factor(&lab->drift) - 1) < .03);
}

static void factors_have_bounds(void **state)
{
	struct lab *lab = *state;
	run(lab, 2000, 100, 0);
	assert_true(drift_factor(&lab->drift) == exp(log(4)));
	run(lab, 4000, .001, 0);
	assert_true(drift_factor(&lab->drift) == exp(log(.5)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(plans_follow_a_factor, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(one_batch_moves_nothing, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(factors_have_bounds, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
