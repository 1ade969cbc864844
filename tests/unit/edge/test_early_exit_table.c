// SPDX-License-Identifier: BSD-3-Clause
// Mean users served of 40 in four settings: what an independent implementation of the model found (200 draws,
// so both means have an error of their own).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "tests/unit/edge/early_exit_draw.h"
#include "tests/unit/edge/policy_random.h"

enum { DRAWS = 200, SCHEMES = 6, SETTINGS = 4 };

static const char *const schemes[SCHEMES] = {"bsp-exit-classes", "bsp-exit:refine", "bsp-exit",
					     "batch-only",	 "one-by-one-exit", "one-by-one"};

static const struct {
	struct setting_drawn setting;
	double served[SCHEMES];
} table[SETTINGS] = {
    {{40, 20e6, 10, 6e-3, 14e-3}, {21.6, 18.5, 17.9, 9.5, 7.8, 2.0}},
    {{40, 20e6, 10, 8e-3, 20e-3}, {24.7, 23.0, 21.6, 15.0, 9.9, 2.4}},
    {{40, 40e6, 10, 8e-3, 20e-3}, {28.2, 23.2, 23.0, 15.1, 11.3, 2.5}},
    {{40, 40e6, 10, 10e-3, 30e-3}, {32.5, 28.8, 28.5, 21.5, 14.7, 4.0}},
};

static int served(const char *name, const struct snapshot *snapshot, struct plan *plan)
{
	struct err err = {""};
	int n = 0;
	if (policy_plan(policy_find(name, NULL), snapshot, plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	for (int m = 0; m < snapshot->n_jobs; m++)
		n += plan->jobs[m].feasible;
	return n;
}

// Two means of 200 draws with the same spread differ by more than four errors once in 16,000; a rounding of
// the table comes on top.
static void expect_mean(const char *name, int setting, double sum, double sum2, double right)
{
	double mean = sum / DRAWS, variance = fmax(0, sum2 / DRAWS - mean * mean);
	double most = 4 * sqrt(2 * variance / DRAWS) + 0.06;
	printf("setting %d, %-17s %6.2f (expected %.1f, within %.2f)\n", setting, name, mean, right, most);
	if (fabs(mean - right) > most)
		fail_msg("%s in setting %d serves %.2f of 40: %.1f is right, within %.2f", name, setting,
			 mean, right, most);
}

static void means_are_those_of_an_independent_implementation(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 34);
	struct round_drawn *round = malloc(sizeof(*round));
	struct plan *plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	for (int i = 0; i < SETTINGS; i++) {
		double sum[SCHEMES] = {0}, sum2[SCHEMES] = {0};
		for (int draw = 0; draw < DRAWS; draw++) {
			draw_setting(round, rng, &table[i].setting);
			for (int k = 0; k < SCHEMES; k++) {
				int n = served(schemes[k], &round->snapshot, plan);
				sum[k] += n;
				sum2[k] += n * n;
			}
		}
		for (int k = 0; k < SCHEMES; k++)
			expect_mean(schemes[k], i, sum[k], sum2[k], table[i].served[k]);
	}
	plan_free(plan);
	free(round);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(means_are_those_of_an_independent_implementation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
