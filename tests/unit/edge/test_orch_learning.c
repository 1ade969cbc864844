// SPDX-License-Identifier: BSD-3-Clause
// Agents against the oracle, and what they need for it. All seeds and conditions:
// scripts/reproduce/orchestration.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "tests/unit/edge/orch_school.h"

static const double thresholds[] = {0, .8, .85, .89, .899};

// Trains from scratch; the accuracy must hold in every score, the last loss be at most most_loss. Returns the
// interactions after which it stayed there.
static int learns(const char *kind, int users, char condition, double threshold, uint64_t seed,
		  double most_loss)
{
	static struct school s;
	school_open(&s, kind, users, condition, threshold, seed);
	school_train(&s, 0, seed);
	for (int i = 0; i < s.training.n_scores; i++)
		assert_true(s.training.score[i].accurate);
	if (school_score(&s)->worst_loss > most_loss)
		fail_msg("%s, %d users, condition %c, threshold %g, seed %d: loses %.2f %%", kind, users,
			 condition, threshold, (int)seed, 100 * school_score(&s)->worst_loss);
	int steps = orch_converged(&s.training, most_loss);
	school_close(&s);
	return steps;
}

static void the_table_finds_the_best_choice(void **state)
{
	(void)state;
	for (int n = 1; n <= 4; n++)
		for (int t = 0; t < 5; t++)
			for (char condition = 'A'; condition <= 'D'; condition++)
				learns("q-orch", n, condition, thresholds[t], 1, .01);
	learns("q-orch", 5, 'A', .89, 1, .03);
	learns("q-orch", 5, 'B', .85, 2, .03);
}

static void the_table_without_variants_finds_its_best_choice(void **state)
{
	(void)state;
	for (int n = 1; n <= 5; n++)
		for (char condition = 'A'; condition <= 'D'; condition++)
			learns("rl-no-selection", n, condition, .89, 1, .01);
}

static void the_network_finds_the_best_choice(void **state)
{
	(void)state;
	for (char condition = 'A'; condition <= 'D'; condition++) {
		learns("dqn-orch", 1, condition, .89, 1, .01);
		learns("dqn-orch", 2, condition, .85, 2, .01);
	}
	learns("dqn-orch", 4, 'A', .89, 1, .03);
	learns("dqn-orch", 5, 'C', .89, 1, .03);
}

static void the_hybrid_finds_it_with_a_twentieth_of_the_interactions(void **state)
{
	(void)state;
	for (int n = 1; n <= 5; n++)
		for (int t = 0; t < 5; t++)
			for (char condition = 'A'; condition <= 'D'; condition++)
				assert_true(learns("hybrid-orch", n, condition, thresholds[t], 1, .01) <= 40);
	int network = 0, hybrid = 0;
	for (int t = 0; t < 5; t++)
		for (int n = 2; n <= 4; n += 2) {
			network += learns("dqn-orch", n, 'A', thresholds[t], 1, .03);
			hybrid += learns("hybrid-orch", n, 'A', thresholds[t], 1, .03);
		}
	assert_true(20 * hybrid <= network);
}

// Alone nobody may run d4 at 89 %, and nobody knows who takes the edge.
static void independent_learners_gain_nothing_from_averaging(void **state)
{
	(void)state;
	static struct school s;
	for (int n = 2; n <= 5; n++) {
		school_open(&s, "independent-orch", n, 'A', .89, 1);
		school_train(&s, 0, 1);
		assert_true(school_score(&s)->accurate);
		assert_true(school_score(&s)->worst_loss > .15);
		school_close(&s);
	}
}

// From an agent for another threshold: what both allow is known already.
static void transfer_spares_interactions(void **state)
{
	(void)state;
	static struct school s;
	for (char condition = 'A'; condition <= 'D'; condition++) {
		int anew = learns("q-orch", 3, condition, .89, 1, .01);
		school_open(&s, "q-orch", 3, condition, .85, 1);
		school_train(&s, 0, 1);
		school_move(&s, condition, .89);
		school_train(&s, 0, 2);
		assert_true(school_score(&s)->accurate && school_score(&s)->worst_loss <= .01);
		assert_true(orch_converged(&s.training, .01) <= anew);
		school_close(&s);
	}
}

// Every link becomes weak under a trained agent.
static void the_hybrid_follows_links_that_become_weak(void **state)
{
	(void)state;
	static struct school s;
	for (int n = 1; n <= 5; n++) {
		school_open(&s, "hybrid-orch", n, 'A', .89, 1);
		school_train(&s, 0, 1);
		school_move(&s, 'D', .89);
		school_train(&s, 0, 2);
		assert_true(school_score(&s)->worst_loss <= .03);
		assert_true(orch_converged(&s.training, .03) <= 30);
		school_close(&s);
	}
}

static void one_agent_learns_all_conditions(void **state)
{
	(void)state;
	static struct school s;
	struct orch_problem problems[4];
	struct orch_user users[4][3];
	struct err err = {""};
	school_open(&s, "q-orch", 3, 'A', .89, 1);
	for (int c = 0; c < 4; c++)
		orch_standard(&problems[c], users[c],
			      &(struct orch_standard){3, (char)('A' + c), .89, ORCH_STANDARD_INPUT_BITS});
	assert_int_equal(orch_world_open(&s.world, problems, 4, true, &err), 0);
	school_train(&s, 8000, 1);
	assert_true(school_score(&s)->accurate && school_score(&s)->worst_loss <= .01);
	school_close(&s);
}

static void equal_seeds_give_equal_trainings(void **state)
{
	(void)state;
	static struct school s[2];
	for (int k = 0; k < 2; k++) {
		school_open(&s[k], "dqn-orch", 2, 'A', .89, 7);
		school_train(&s[k], 300, 8);
	}
	assert_int_equal(s[0].training.n_scores, s[1].training.n_scores);
	for (int i = 0; i < s[0].training.n_scores; i++)
		assert_memory_equal(&s[0].training.score[i].mean_s, &s[1].training.score[i].mean_s,
				    sizeof(double));
	school_close(&s[0]);
	school_close(&s[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_finds_the_best_choice),
	    cmocka_unit_test(the_table_without_variants_finds_its_best_choice),
	    cmocka_unit_test(the_network_finds_the_best_choice),
	    cmocka_unit_test(the_hybrid_finds_it_with_a_twentieth_of_the_interactions),
	    cmocka_unit_test(independent_learners_gain_nothing_from_averaging),
	    cmocka_unit_test(transfer_spares_interactions),
	    cmocka_unit_test(the_hybrid_follows_links_that_become_weak),
	    cmocka_unit_test(one_agent_learns_all_conditions),
	    cmocka_unit_test(equal_seeds_give_equal_trainings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
