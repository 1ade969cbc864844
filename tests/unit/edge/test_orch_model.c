// SPDX-License-Identifier: BSD-3-Clause
// The response-time model against a second way to the same times, and its laws.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>
#include "edge/policy/orchestration/standard.h"
#include "tests/unit/edge/orch_lab.h"
#include "tests/unit/edge/policy_random.h"

enum { CASES = 20000 };

static struct rng *rng;

static int open_rng(void **state)
{
	(void)state;
	rng = rng_new(test_seed(), 0, RNG_TEST, 17);
	return rng ? 0 : -1;
}

static int close_rng(void **state)
{
	(void)state;
	rng_free(rng);
	return 0;
}

struct scene {
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	int action[ORCH_TABLE_USERS];
	struct orch_result result[ORCH_TABLE_USERS];
};

static void draw(struct scene *s)
{
	int n = 1 + (int)rng_below(rng, ORCH_TABLE_USERS);
	orch_draw(rng, &s->p, s->users, n, 1 + (int)rng_below(rng, ORCH_MAX_VARIANTS));
	orch_draw_choice(rng, &s->p, s->action);
	orch_evaluate(&s->p, s->action, s->result);
}

static void times_are_those_of_an_independent_computation(void **state)
{
	(void)state;
	for (int k = 0; k < CASES; k++) {
		struct scene s;
		double expected_s[ORCH_TABLE_USERS];
		draw(&s);
		orch_reference(&s.p, s.action, expected_s);
		for (int i = 0; i < s.p.n_users; i++)
			assert_near(s.result[i].response_s, expected_s[i], 1e-12);
	}
}

static void parts_add_up_and_none_is_negative(void **state)
{
	(void)state;
	for (int k = 0; k < CASES; k++) {
		struct scene s;
		draw(&s);
		for (int i = 0; i < s.p.n_users; i++) {
			const struct orch_result *r = &s.result[i];
			assert_near(r->response_s, s.p.decision_s + r->transfer_s + r->queue_s + r->exec_s,
				    1e-12);
			assert_true(r->transfer_s >= 0 && r->queue_s >= 0 && r->exec_s > 0);
			assert_true(s.action[i] >= ORCH_EDGE || r->transfer_s <= 0);
		}
	}
}

// Whoever leaves a node makes nobody on any node later.
static void fewer_users_on_a_node_are_never_slower(void **state)
{
	(void)state;
	for (int k = 0; k < CASES; k++) {
		struct scene s;
		struct orch_result before[ORCH_TABLE_USERS];
		draw(&s);
		memcpy(before, s.result, sizeof(before));
		int gone = (int)rng_below(rng, (uint64_t)s.p.n_users);
		s.action[gone] = 0;
		orch_evaluate(&s.p, s.action, s.result);
		for (int i = 0; i < s.p.n_users; i++)
			assert_true(i == gone || s.result[i].response_s <= before[i].response_s + 1e-12);
	}
}

// One user, the stated figures, by hand.
static void the_standard_problem_has_the_stated_times(void **state)
{
	(void)state;
	struct scene s;
	const struct orch_standard options = {.users = 1, .condition = 'A', .input_bits = 150e3};
	const struct {
		int action;
		double response_s;
	} stated[] = {
	    {0, 1e-3 + 35.4e-3},
	    {4, 1e-3 + 35.4e-3 * .525},
	    {ORCH_EDGE, 1e-3 + 2e-3 + 7.5e-3 + 19e-3 + 2e-3 + .4e-3},
	    {ORCH_CLOUD, 1e-3 + 2e-3 + 7.5e-3 + 1.5e-3 + 20e-3 + 11e-3 + 20e-3 + .08e-3 + 2e-3 + .4e-3}};
	orch_standard(&s.p, s.users, &options);
	for (int k = 0; k < 4; k++) {
		orch_evaluate(&s.p, &stated[k].action, s.result);
		assert_near(s.result[0].response_s, stated[k].response_s, 1e-12);
	}
}

// Device only is flat in the number of users, edge only and cloud only grow.
static void fixed_strategies_have_the_expected_shapes(void **state)
{
	(void)state;
	double before_s[3] = {0};
	for (int n = 1; n <= 5; n++)
		for (int c = 0; c < 3; c++) {
			struct scene s;
			orch_standard(
			    &s.p, s.users,
			    &(struct orch_standard){.users = n, .condition = 'A', .input_bits = 150e3});
			for (int i = 0; i < n; i++)
				s.action[i] = c == 0 ? 0 : c == 1 ? ORCH_EDGE : ORCH_CLOUD;
			orch_evaluate(&s.p, s.action, s.result);
			double mean_s = orch_mean_s(&s.p, s.result);
			if (n > 1 && c == 0)
				assert_near(mean_s, before_s[c], 1e-12);
			else if (n > 2)
				assert_true(mean_s > before_s[c]);
			before_s[c] = mean_s;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_those_of_an_independent_computation),
	    cmocka_unit_test(parts_add_up_and_none_is_negative),
	    cmocka_unit_test(fewer_users_on_a_node_are_never_slower),
	    cmocka_unit_test(the_standard_problem_has_the_stated_times),
	    cmocka_unit_test(fixed_strategies_have_the_expected_shapes),
	};
	return cmocka_run_group_tests(tests, open_rng, close_rng);
}
