// SPDX-License-Identifier: BSD-3-Clause
// The oracle against all joint choices, and what the model says at the thresholds that the paper's claim is
// about.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/orchestration/choose.h"
#include "edge/policy/orchestration/standard.h"
#include "tests/unit/edge/orch_lab.h"
#include "tests/unit/edge/policy_random.h"

static struct rng *rng;

static int open_rng(void **state)
{
	(void)state;
	rng = rng_new(test_seed(), 0, RNG_TEST, 18);
	return rng ? 0 : -1;
}

static int close_rng(void **state)
{
	(void)state;
	rng_free(rng);
	return 0;
}

// The mean response time of the strategy's choice, which must be accurate enough; INFINITY when it refuses.
static double mean_of(enum orch_strategy strategy, const struct orch_problem *p)
{
	int action[ORCH_TABLE_USERS];
	struct orch_result result[ORCH_TABLE_USERS];
	struct err err = {""};
	if (orch_choose(strategy, p, action, &err) < 0)
		return INFINITY;
	assert_true(orch_is_accurate(p, action));
	orch_evaluate(p, action, result);
	return orch_mean_s(p, result);
}

static void compare(int n, int n_variants, int cases)
{
	for (int k = 0; k < cases; k++) {
		struct orch_problem p;
		struct orch_user users[ORCH_TABLE_USERS];
		orch_draw(rng, &p, users, n, n_variants);
		for (int selection = 0; selection < 2; selection++) {
			double best_s = orch_brute_force_s(&p, selection);
			double mean_s = mean_of(selection ? ORCH_ORACLE : ORCH_NO_SELECTION, &p);
			if (isinf(best_s))
				assert_true(isinf(mean_s));
			else if (!(fabs(mean_s - best_s) < 1e-12))
				fail_msg("case %d of %d users: %.17g, the best is %.17g", k, n, mean_s,
					 best_s);
		}
	}
}

static void the_oracle_is_the_best_of_all_choices(void **state)
{
	(void)state;
	compare(1, 8, 5000);
	compare(2, 8, 2000);
	compare(3, 8, 300);
	compare(3, 3, 300);
	compare(4, 2, 40);
}

static void more_freedom_never_costs_more(void **state)
{
	(void)state;
	for (int k = 0; k < 3000; k++) {
		struct orch_problem p;
		struct orch_user users[ORCH_TABLE_USERS];
		orch_draw(rng, &p, users, 1 + (int)rng_below(rng, 6), 5);
		double strict_s = mean_of(ORCH_ORACLE, &p);
		p.threshold *= rng_uniform(rng, 0, 1);
		double loose_s = mean_of(ORCH_ORACLE, &p);
		assert_true(loose_s <= strict_s + 1e-12);
		p.threshold = 0;
		for (enum orch_strategy s = ORCH_NO_SELECTION; s <= ORCH_CLOUD_ONLY; s++)
			assert_true(mean_of(ORCH_ORACLE, &p) <= mean_of(s, &p) + 1e-12);
	}
}

static double gain(int n, char condition, double threshold)
{
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	orch_standard(&p, users, &(struct orch_standard){n, condition, threshold, ORCH_STANDARD_INPUT_BITS});
	return 1 - mean_of(ORCH_ORACLE, &p) / mean_of(ORCH_NO_SELECTION, &p);
}

// At 89 % d4 alone is forbidden: one user gains nothing, the gain comes from averaging over users.
static void selection_gains_what_is_stated_at_89_percent(void **state)
{
	(void)state;
	double mean = 0;
	for (int n = 1; n <= 5; n++)
		mean += gain(n, 'A', .89) / 5;
	assert_near(gain(1, 'A', .89), 0, 1e-12);
	assert_near(gain(3, 'A', .89), .29, .005);
	assert_near(gain(5, 'A', .89), .36, .005);
	assert_near(mean, .24, .005);
}

// The most accurate variant for everybody: nothing to select.
static void the_highest_threshold_leaves_nothing_to_select(void **state)
{
	(void)state;
	for (int n = 1; n <= 5; n++)
		for (char condition = 'A'; condition <= 'D'; condition++)
			assert_near(gain(n, condition, .899), 0, 1e-12);
}

static void a_weak_network_pushes_to_the_devices(void **state)
{
	(void)state;
	for (int n = 1; n <= 5; n++) {
		struct orch_problem p;
		struct orch_user users[ORCH_TABLE_USERS];
		int action[ORCH_TABLE_USERS];
		orch_standard(&p, users, &(struct orch_standard){n, 'D', .899, ORCH_STANDARD_INPUT_BITS});
		assert_int_equal(orch_choose(ORCH_ORACLE, &p, action, NULL), 0);
		for (int i = 0; i < n; i++)
			assert_int_equal(action[i], 0);
	}
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	struct err err;
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	int action[ORCH_TABLE_USERS];
	orch_standard(&p, users, &(struct orch_standard){2, 'A', .95, ORCH_STANDARD_INPUT_BITS});
	assert_int_equal(orch_choose(ORCH_ORACLE, &p, action, &err), -EINVAL);
	assert_string_equal(
	    err.text, "threshold is 0.95: no choice meets it, the most accurate one has a mean of 0.899");
	p.cloud.cores = 0;
	assert_int_equal(orch_choose(ORCH_CLOUD_ONLY, &p, action, &err), -EINVAL);
	assert_string_equal(err.text, "there is no cloud here");
	p.threshold = 0;
	p.n_users = ORCH_TABLE_USERS + 1;
	assert_int_equal(orch_choose(ORCH_ORACLE, &p, action, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_oracle_is_the_best_of_all_choices),
	    cmocka_unit_test(more_freedom_never_costs_more),
	    cmocka_unit_test(selection_gains_what_is_stated_at_89_percent),
	    cmocka_unit_test(the_highest_threshold_leaves_nothing_to_select),
	    cmocka_unit_test(a_weak_network_pushes_to_the_devices),
	    cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, open_rng, close_rng);
}
