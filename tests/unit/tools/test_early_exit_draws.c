// SPDX-License-Identifier: BSD-3-Clause
// Drawn rounds of batching with early exits: users are the same whoever else is there and whatever the band
// is, and their numbers have the distributions that the setting says.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "tools/early_exit/draws.h"

enum { MANY = 1000 };

struct round {
	struct snapshot snapshot;
	struct snapshot_job jobs[MANY];
	double bits[POLICY_MAX_SUBTASKS + 1];
};

static void draw(struct round *round, const struct draws_setting *setting, uint64_t number)
{
	struct err err = {""};
	draws_round(&round->snapshot, round->jobs, round->bits, draws_network(), setting, number);
	if (snapshot_check(&round->snapshot, &err) < 0)
		fail_msg("%s", err.text);
}

static void users_do_not_depend_on_the_rest(void **state)
{
	(void)state;
	static struct round few, many, next;
	struct draws_setting setting = draws_standard;
	for (uint64_t i = 1; i <= 20; i++) {
		setting.users = 10;
		setting.band_hz = 5e6;
		draw(&few, &setting, i);
		setting.users = 60;
		setting.band_hz = 40e6;
		draw(&many, &setting, i);
		draw(&next, &setting, i + 1);
		for (int m = 0; m < 10; m++) {
			assert_true(few.jobs[m].snr == many.jobs[m].snr);
			assert_true(few.jobs[m].deadline_s == many.jobs[m].deadline_s);
			assert_true(few.jobs[m].least_accuracy == many.jobs[m].least_accuracy);
			assert_true(next.jobs[m].snr != many.jobs[m].snr);
		}
	}
}

// Means within five errors of 20,000 draws; ranges are kept.
static void numbers_have_their_distributions(void **state)
{
	(void)state;
	static struct round round;
	struct draws_setting setting = draws_standard;
	double snr = 0, log_share = 0, budget_s = 0, need = 0;
	int n = 0;
	setting.users = MANY;
	setting.mean_snr_db = 7;
	for (uint64_t i = 1; i <= 20; i++) {
		draw(&round, &setting, i);
		for (int m = 0; m < MANY; m++, n++) {
			const struct snapshot_job *job = &round.jobs[m];
			double left_s = job->deadline_s - setting.upload_s;
			assert_true(left_s >= 8e-3 - 1e-12 && left_s <= 20e-3 + 1e-12);
			assert_true(job->least_accuracy >= .5 && job->least_accuracy <= .9);
			snr += job->snr;
			log_share += job->snr < pow(10, .7) * log(2); // the median of an exponential
			budget_s += left_s;
			need += job->least_accuracy;
		}
	}
	double error = 5 / sqrt(n);
	assert_true(fabs(snr / n / pow(10, .7) - 1) < error);
	assert_true(fabs(log_share / n - .5) < error / 2);
	assert_true(fabs(budget_s / n - 14e-3) < error * 12e-3 / sqrt(12));
	assert_true(fabs(need / n - .7) < error * .4 / sqrt(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(users_do_not_depend_on_the_rest),
	    cmocka_unit_test(numbers_have_their_distributions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
