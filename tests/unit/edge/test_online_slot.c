// SPDX-License-Identifier: BSD-3-Clause
// Laws of the slot rules: what an observation holds, what an action means, that nobody waits who could not
// finish alone after it, and what a call's threshold bounds.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "edge/online/slot.h"
#include "tests/unit/edge/policy_random.h"

enum { USERS = 3, RANDOM_CASES = 400, MOST_USERS = 8 };

static const double work_flop[USERS] = {6e8, 6e8, 6e8};
static const struct slot_config config = {
    .n_users = USERS, .slot_s = .025, .deadline_scale_s = .2, .rate_scale_bps = 1e8, .work_flop = work_flop};
static const bool pending[USERS] = {true, false, true};

static struct snapshot_job user(double deadline_s, double rate_bps)
{
	return (struct snapshot_job){.rate_bps = rate_bps,
				     .tx_power_w = .2,
				     .device = {.f_min_flops = 1e8, .f_max_flops = 2e10, .kappa = 5e-31},
				     .deadline_s = deadline_s};
}

static void an_observation_holds_what_it_says(void **state)
{
	(void)state;
	const struct snapshot_job users[USERS] = {user(.05, 2e7), user(9, 5e7), user(.4, 3e8)};
	const struct slot_state seen = {.users = users, .pending = pending, .gpu_free_s = .02};
	const float expected[] = {.25f, 0, 1, 1, 0, 1, .1f, .2f, .5f, 1};
	float obs[10];
	struct err err;
	assert_int_equal(slot_observation_size(&config), 10);
	assert_int_equal(slot_observe(&config, &seen, obs, &err), 0);
	for (int i = 0; i < 10; i++)
		assert_true(fabsf(obs[i] - expected[i]) < 1e-6f);
	struct slot_config still = config;
	still.rate_scale_bps = 0;
	assert_int_equal(slot_observation_size(&still), 7);
}

static void an_observation_of_nonsense_is_refused(void **state)
{
	(void)state;
	const struct {
		double deadline_s, rate_bps, gpu_s;
		const char *says;
	} wrong[] = {{NAN, 1e7, 0, "users[2].deadline_s is nan"},
		     {-1, 1e7, 0, "users[2].deadline_s is -1"},
		     {1, INFINITY, 0, "users[2].rate_bps is inf"},
		     {1, 1e7, NAN, "gpu_free_s is nan"}};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct snapshot_job users[USERS] = {user(.1, 1e7), user(NAN, 1e7),
							  user(wrong[i].deadline_s, wrong[i].rate_bps)};
		const struct slot_state seen = {
		    .users = users, .pending = pending, .gpu_free_s = wrong[i].gpu_s};
		float obs[10];
		struct err err;
		assert_int_equal(slot_observe(&config, &seen, obs, &err), -EINVAL);
		assert_non_null(strstr(err.text, wrong[i].says));
	}
}

static void actions_are_read_in_thirds(void **state)
{
	(void)state;
	static const struct {
		float action[2];
		enum slot_verdict verdict;
		double threshold_s;
	} cases[] = {{{-1, -1}, SLOT_WAIT, .025},     {{-.34f, 0}, SLOT_WAIT, .1125},
		     {{-.33f, 0}, SLOT_LOCAL, .1125}, {{.33f, 1}, SLOT_LOCAL, .2},
		     {{.34f, 1}, SLOT_CALL, .2},      {{1, -.5f}, SLOT_CALL, .06875},
		     {{7, -7}, SLOT_CALL, .025}};
	struct slot_choice choice;
	struct err err;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(slot_choose(&config, cases[i].action, &choice, &err), 0);
		assert_int_equal(choice.verdict, cases[i].verdict);
		assert_true(fabs(choice.threshold_s - cases[i].threshold_s) < 1e-9);
	}
	assert_int_equal(slot_choose(&config, (const float[2]){0, NAN}, &choice, &err), -EINVAL);
	assert_non_null(strstr(err.text, "action[1] is not a number"));
}

// Whoever waits can still finish alone after one more slot; whoever goes locally can now.
static void nobody_waits_too_long(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 1, RNG_TEST, 0);
	int forced = 0;
	for (int k = 0; k < 20 * RANDOM_CASES; k++) {
		struct snapshot_job users[USERS];
		bool asks[USERS];
		for (int i = 0; i < USERS; i++) {
			users[i] = user(rng_uniform(rng, 1e-6, .2), 1e7);
			users[i].release_s = rng_uniform(rng, 0, .01);
			asks[i] = rng_below(rng, 4) > 0;
		}
		struct slot_config slots = config;
		slots.margin_s = rng_uniform(rng, 0, .005);
		const struct slot_state seen = {.users = users, .pending = asks};
		const struct slot_choice choice = {.verdict = (enum slot_verdict)rng_below(rng, 3)};
		enum slot_verdict verdict[USERS];
		struct slot_counts counts = slot_dispatch(&slots, &seen, &choice, verdict);
		int waiting = 0;
		for (int i = 0; i < USERS; i++) {
			double left_s = users[i].deadline_s - users[i].release_s - work_flop[i] / 2e10;
			if (!asks[i])
				assert_int_equal(verdict[i], SLOT_WAIT);
			else if (verdict[i] == SLOT_WAIT)
				assert_true(left_s >= slots.slot_s + slots.margin_s);
			else if (verdict[i] == SLOT_LOCAL && choice.verdict == SLOT_WAIT)
				assert_true(left_s >= 0 && left_s < slots.slot_s + slots.margin_s);
			waiting += asks[i] && verdict[i] == SLOT_WAIT;
		}
		assert_int_equal(counts.wait, waiting);
		forced += counts.forced;
	}
	assert_true(forced > 0);
	rng_free(rng);
}

static void expect_bounded(const struct snapshot *snapshot, const struct policy *policy, struct plan *plan)
{
	struct err err;
	assert_int_equal(policy_plan(policy, snapshot, plan, &err), 0);
	for (int m = 0; m < snapshot->n_jobs; m++) {
		const struct snapshot_job *u = &snapshot->jobs[m];
		int n_subtasks = snapshot->networks[u->network].n_subtasks;
		if (plan->jobs[m].cut < n_subtasks)
			assert_true(plan->jobs[m].finish_s <=
				    fmin(u->deadline_s, snapshot->edge_deadline_s) + 1e-9);
		else if (plan->jobs[m].feasible && plan->jobs[m].freq_flops > u->device.f_min_flops)
			assert_true(fabs(plan->jobs[m].finish_s - u->deadline_s) <
				    1e-9 * u->deadline_s + 1e-9);
	}
}

// A threshold bounds what comes from the edge; who stays local keeps its own deadline, and so its own energy.
static void a_threshold_bounds_the_edge_alone(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 1, RNG_TEST, 1);
	struct plan *plan = plan_new(MOST_USERS, 4);
	struct err err;
	const struct policy *og = policy_find("og", &err), *ip_ssa = policy_find("ip-ssa", &err);
	for (int k = 0; k < RANDOM_CASES; k++) {
		const struct instance_shape shape = {.jobs = 1 + (int)rng_below(rng, MOST_USERS),
						     .networks = 1 + (int)rng_below(rng, 2),
						     .subtasks = 4,
						     .growth = GROWTH_AFFINE};
		struct instance *instance = instance_new(rng, &shape);
		assert_non_null(instance);
		instance->snapshot.edge_deadline_s = rng_uniform(rng, .01, .4);
		expect_bounded(&instance->snapshot, og, plan);
		expect_bounded(&instance->snapshot, ip_ssa, plan);
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_observation_holds_what_it_says),
	    cmocka_unit_test(an_observation_of_nonsense_is_refused),
	    cmocka_unit_test(actions_are_read_in_thirds),
	    cmocka_unit_test(nobody_waits_too_long),
	    cmocka_unit_test(a_threshold_bounds_the_edge_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
