// SPDX-License-Identifier: BSD-3-Clause
// Plans that reckon with users who leave by confidence (bsp-exit:expected): the sizes are mean and deviation
// of who is there; who never leaves early changes nothing; who may brings in more; and batches that are drawn
// are as large on average.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/policy/check.h"
#include "edge/policy/parameters.h"
#include "tests/unit/edge/early_exit_draw.h"
#include "tests/unit/edge/policy_random.h"

enum { ROUNDS = 300 };

struct lab {
	struct rng *rng;
	struct round_drawn round;
	struct snapshot snapshot; // the round's, with jobs that may leave early
	struct snapshot_job jobs[DRAW_MOST_USERS];
	double goes_on[DRAW_MOST_USERS][DRAW_MOST_BLOCKS];
	struct plan *plan, *other;
};

static int open_lab(void **state)
{
	struct lab *lab = *state = calloc(1, sizeof(*lab));
	lab->rng = rng_new(test_seed(), 0, RNG_TEST, 36);
	lab->plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	lab->other = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	return lab->rng && lab->plan && lab->other ? 0 : -1;
}

static int close_lab(void **state)
{
	struct lab *lab = *state;
	rng_free(lab->rng);
	plan_free(lab->plan);
	plan_free(lab->other);
	free(lab);
	return 0;
}

// Everybody's shares fall from `high` on.
static void draw_round(struct lab *lab, double high)
{
	const struct setting_drawn setting = {40, 20e6, 10, 6e-3, 14e-3};
	draw_setting(&lab->round, lab->rng, &setting);
	lab->snapshot = lab->round.snapshot;
	for (int m = 0; m < lab->snapshot.n_jobs; m++) {
		double share = 1;
		for (int e = 0; e < lab->snapshot.networks[0].n_exits; e++) {
			share *= high < 1 ? rng_uniform(lab->rng, .4 * high, high) : 1;
			lab->goes_on[m][e] = share;
		}
		lab->jobs[m] = lab->snapshot.jobs[m];
		lab->jobs[m].goes_on = lab->goes_on[m];
	}
	lab->snapshot.jobs = lab->jobs;
}

static int plan_or_fail(const char *text, const struct snapshot *snapshot, struct plan *plan)
{
	char name[POLICY_NAME_SIZE];
	struct policy policy;
	struct err err = {""};
	if (parameters_choose(text, &policy, name, &err) < 0 ||
	    policy_plan(&policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	int n = 0;
	for (int m = 0; m < snapshot->n_jobs; m++) {
		n += plan->jobs[m].group >= 0;
		assert_true(plan->jobs[m].group < 0 || plan->jobs[m].feasible);
	}
	return n;
}

// The exit behind which the batch's block begins, from 1; 0 = the first block.
static int exit_before(const struct snapshot_network *net, int subtask)
{
	int e = 0;
	while (e < net->n_exits && net->exit_subtasks[e] <= subtask)
		e++;
	return e;
}

static double there(const struct lab *lab, int m, int exit)
{
	return exit > 0 ? lab->goes_on[m][exit - 1] : 1;
}

static void sizes_are_mean_and_deviation(void **state)
{
	struct lab *lab = *state;
	int smaller = 0;
	for (int i = 0; i < ROUNDS; i++) {
		double spread = i % 3;
		char text[64];
		snprintf(text, sizeof(text), "bsp-exit:expected:spread=%g", spread);
		draw_round(lab, .9);
		plan_or_fail(text, &lab->snapshot, lab->plan);
		for (int k = 0; k < lab->plan->n_batches; k++) {
			const struct plan_batch *b = &lab->plan->batches[k];
			int exit = exit_before(&lab->snapshot.networks[0], b->subtask);
			double mean = 0, variance = 0;
			for (int j = 0; j < b->n_jobs; j++) {
				double p = there(lab, lab->plan->members[b->first + j], exit);
				mean += p;
				variance += p * (1 - p);
			}
			double size = fmin(fmax(ceil(mean + spread * sqrt(variance) - 1e-9), 1), b->n_jobs);
			assert_int_equal(plan_batch_size(b), (int)size);
			smaller += plan_batch_size(b) < b->n_jobs;
		}
	}
	assert_true(smaller > ROUNDS);
}

static void who_never_leaves_early_changes_nothing(void **state)
{
	struct lab *lab = *state;
	for (int i = 0; i < ROUNDS; i++) {
		draw_round(lab, 1);
		plan_or_fail("bsp-exit:expected", &lab->snapshot, lab->plan);
		plan_or_fail("bsp-exit:grow", &lab->round.snapshot, lab->other);
		assert_int_equal(lab->plan->n_batches, lab->other->n_batches);
		for (int m = 0; m < lab->snapshot.n_jobs; m++) {
			assert_int_equal(lab->plan->jobs[m].group, lab->other->jobs[m].group);
			assert_true(lab->plan->jobs[m].finish_s == lab->other->jobs[m].finish_s);
		}
		// Nor does it to a policy that does not ask.
		draw_round(lab, .8);
		plan_or_fail("bsp-exit:grow", &lab->snapshot, lab->plan);
		plan_or_fail("bsp-exit:grow", &lab->round.snapshot, lab->other);
		for (int m = 0; m < lab->snapshot.n_jobs; m++)
			assert_int_equal(lab->plan->jobs[m].group, lab->other->jobs[m].group);
	}
}

static void who_may_leave_early_brings_in_more(void **state)
{
	struct lab *lab = *state;
	int more = 0, fewer = 0, with = 0, without = 0;
	for (int i = 0; i < ROUNDS; i++) {
		draw_round(lab, .8);
		int expected = plan_or_fail("bsp-exit:expected", &lab->snapshot, lab->plan);
		int all = plan_or_fail("bsp-exit:grow", &lab->snapshot, lab->other);
		with += expected;
		without += all;
		more += expected > all;
		fewer += expected < all;
	}
	print_message("%d users served with, %d without; more in %d of %d rounds, fewer in %d\n", with,
		      without, more, ROUNDS, fewer);
	assert_int_equal(fewer, 0);
	assert_true(more > ROUNDS / 2);
}

// Inputs drawn with the shares: the batches of a plan without a spread hold no more on average.
static void drawn_batches_are_as_large(void **state)
{
	struct lab *lab = *state;
	enum { DRAWS = 400 };
	for (int i = 0; i < 20; i++) {
		draw_round(lab, .9);
		plan_or_fail("bsp-exit:expected:spread=0", &lab->snapshot, lab->plan);
		for (int k = 0; k < lab->plan->n_batches; k++) {
			const struct plan_batch *b = &lab->plan->batches[k];
			int exit = exit_before(&lab->snapshot.networks[0], b->subtask), sum = 0;
			for (int draw = 0; draw < DRAWS; draw++)
				for (int j = 0; j < b->n_jobs; j++)
					sum += rng_uniform(lab->rng, 0, 1) <
					       there(lab, lab->plan->members[b->first + j], exit);
			double error = 4 * sqrt(.25 * b->n_jobs / DRAWS);
			assert_true((double)sum / DRAWS <= plan_batch_size(b) + error);
		}
	}
}

static void a_size_out_of_range_is_no_plan(void **state)
{
	struct lab *lab = *state;
	struct err err = {""};
	draw_round(lab, .9);
	plan_or_fail("bsp-exit:expected", &lab->snapshot, lab->plan);
	struct plan_batch *b = &lab->plan->batches[0];
	const int sizes[] = {-1, b->n_jobs + 1};
	for (int i = 0; i < 2; i++) {
		b->expected = sizes[i];
		assert_true(plan_check(&lab->snapshot, lab->plan, &err) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(sizes_are_mean_and_deviation, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(who_never_leaves_early_changes_nothing, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(who_may_leave_early_brings_in_more, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(drawn_batches_are_as_large, open_lab, close_lab),
	    cmocka_unit_test_setup_teardown(a_size_out_of_range_is_no_plan, open_lab, close_lab),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
