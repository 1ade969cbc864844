// SPDX-License-Identifier: BSD-3-Clause
// The online environment: sums that must agree, deadlines that are never missed whatever is chosen, arrivals
// that do not depend on the policy, environments that do not depend on each other.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "edge/online/env.h"

enum { USERS = 5, SUBTASKS = 3, MAX_BATCH = 4, SLOTS = 400, SEED = 20261120 };

// A network of 0.4 GFLOP whose cuts shrink; a device needs at least 20 ms, deadlines are 40 to 150 ms.
static const double work_flop[SUBTASKS] = {1e8, 2e8, 1e8}, cut_bits[SUBTASKS + 1] = {8e5, 4e5, 1e5, 0};
static const double batch_s[SUBTASKS * MAX_BATCH] = {2e-3,   2.1e-3, 2.2e-3, 2.3e-3, 3e-3,   3.1e-3,
						     3.2e-3, 3.3e-3, 1e-3,   1.1e-3, 1.2e-3, 1.3e-3};
static const struct snapshot_network network = {.name = "test",
						.n_subtasks = SUBTASKS,
						.work_flop = work_flop,
						.cut_bits = cut_bits,
						.max_batch = MAX_BATCH,
						.batch_s = batch_s};
static double whole_flop[USERS];

static void assert_near(double a, double b, double error)
{
	if (!(fabs(a - b) <= error))
		fail_msg("%.12g is not within %g of %.12g", a, error, b);
}

struct lab {
	struct snapshot_job users[USERS];
	struct arrivals arrivals[USERS];
	struct env_config config;
	struct env_batch batch;
};

static void lab_open(struct lab *lab, enum arrivals_kind kind, const char *caller, int n)
{
	struct err err;
	for (int i = 0; i < USERS; i++) {
		whole_flop[i] = 4e8;
		lab->users[i] = (struct snapshot_job){.rate_bps = 5e6 * (i + 1),
						      .tx_power_w = 0.01,
						      .device = {1e8, 2e10, 5e-31},
						      .deadline_s = 1};
		lab->arrivals[i] = (struct arrivals){.kind = kind,
						     .probability = 0.3,
						     .slot_s = 0.025,
						     .deadline_low_s = 0.04,
						     .deadline_high_s = 0.15};
	}
	lab->config = (struct env_config){
	    .slot = {.n_users = USERS, .slot_s = 0.025, .deadline_scale_s = 0.15, .work_flop = whole_flop},
	    .users = lab->users,
	    .n_networks = 1,
	    .networks = &network,
	    .arrivals = lab->arrivals,
	    .caller = policy_find(caller, &err),
	    .energy_scale_j = 0.01};
	assert_int_equal(env_init(&lab->batch, &lab->config, n, &err), 0);
}

static void act_at_random(struct env_batch *b, int i, struct rng *rng)
{
	struct err err = {""};
	for (int k = 0; k < SLOT_ACTIONS; k++)
		b->action[i * SLOT_ACTIONS + k] = (float)rng_uniform(rng, -1, 1);
	if (env_step(b, i, &err) < 0)
		fail_msg("%s", err.text);
}

static void check_observation(const struct env_batch *b)
{
	struct slot_state state = env_state(b, 0);
	for (int m = 0; m < USERS; m++) {
		assert_true(b->obs[m] >= 0 && b->obs[m] <= 1);
		assert_true((b->obs[USERS + m] == 1) == state.pending[m]);
		assert_true((b->obs[m] > 0) == state.pending[m]);
		if (state.pending[m]) // its device can still serve it alone
			assert_true(state.users[m].deadline_s >= 4e8 / 2e10 - 1e-9);
	}
	assert_true(b->obs[2 * USERS] >= 0 && b->obs[2 * USERS] <= 1);
}

static void random_episode(enum arrivals_kind kind, const char *caller, uint64_t run)
{
	struct lab lab;
	struct err err;
	struct rng *rng = rng_new(SEED, run, RNG_TEST, 0);
	double reward = 0;
	lab_open(&lab, kind, caller, 1);
	assert_int_equal(env_reset(&lab.batch, 0, SEED, run, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++) {
		act_at_random(&lab.batch, 0, rng);
		check_observation(&lab.batch);
		assert_true(lab.batch.reward[0] <= 0);
		reward += (double)lab.batch.reward[0];
	}
	const struct env_log *log = env_log(&lab.batch, 0);
	assert_int_equal(log->slots, SLOTS);
	assert_int_equal(log->misses, 0);
	assert_true(log->tasks > SLOTS / 4);
	assert_true(log->offloaded > 0 && log->offloaded < log->tasks && log->forced > 0);
	assert_true(log->in_batch >= log->batches && log->offloaded >= log->groups);
	assert_near(reward, log->reward, 1e-3 * fabs(reward));
	assert_near(-log->reward * lab.config.energy_scale_j, log->energy_j, 1e-6);
	env_close(&lab.batch);
	rng_free(rng);
}

static void no_choice_misses_a_deadline(void **state)
{
	(void)state;
	printf("random actions of seed %d\n", SEED);
	for (uint64_t run = 0; run < 20; run++) {
		random_episode(ARRIVALS_BERNOULLI, "og", run);
		random_episode(ARRIVALS_IMMEDIATE, "og", run);
		random_episode(ARRIVALS_BERNOULLI, "ip-ssa", run);
		random_episode(ARRIVALS_IMMEDIATE, "ip-ssa", run);
	}
}

// A task that waited for its user's last one until its deadline had passed is worked off, and counts as
// missed.
static void tasks_that_waited_too_long_are_missed(void **state)
{
	(void)state;
	static const struct slot_choice call = {.verdict = SLOT_CALL, .threshold_s = 0.1};
	struct lab lab;
	struct err err = {""};
	lab_open(&lab, ARRIVALS_BURST, "og", 1);
	for (int m = 0; m < USERS; m++)
		lab.arrivals[m].count = 20;
	assert_int_equal(env_reset(&lab.batch, 0, 5, 1, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++)
		if (env_step_choice(&lab.batch, 0, &call, &err) < 0)
			fail_msg("%s", err.text);
	const struct env_log *log = env_log(&lab.batch, 0);
	assert_int_equal(log->tasks, 20 * USERS);
	assert_true(log->misses > 0 && log->misses < log->tasks);
	env_close(&lab.batch);
}

// LC costs kappa V^3 / l^2 a task, and so does deciding "local" in the slot in which tasks arise.
static void local_work_costs_its_closed_form(void **state)
{
	(void)state;
	static const struct slot_choice local = {.verdict = SLOT_LOCAL};
	for (int at_arrival = 0; at_arrival < 2; at_arrival++) {
		struct lab lab;
		struct err err;
		lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
		lab.config.local_at_arrival = at_arrival;
		double sum = 0;
		assert_int_equal(env_reset(&lab.batch, 0, 5, 1, &err), 0);
		for (int slot = 0; slot < SLOTS; slot++) {
			struct slot_state s = env_state(&lab.batch, 0);
			for (int m = 0; m < USERS; m++)
				if (s.pending[m])
					sum += 5e-31 * pow(4e8, 3) / pow(s.users[m].deadline_s, 2);
			env_step_choice(&lab.batch, 0, &local, &err);
		}
		const struct env_log *log = env_log(&lab.batch, 0);
		assert_near(log->energy_j, log->local_j, 1e-9 * log->local_j);
		if (!at_arrival)
			assert_near(log->energy_j, sum, 1e-6 * sum);
		env_close(&lab.batch);
	}
}

// What a slot brings an idle user is the same whatever was decided before.
static void arrivals_do_not_depend_on_the_policy(void **state)
{
	(void)state;
	static const enum slot_verdict verdicts[] = {SLOT_WAIT, SLOT_LOCAL, SLOT_CALL};
	static double deadline_s[SLOTS][USERS];
	int both = 0;
	memset(deadline_s, 0, sizeof(deadline_s));
	for (int v = 0; v < 3; v++) {
		struct lab lab;
		struct err err;
		struct slot_choice choice = {verdicts[v], 0.15};
		lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
		assert_int_equal(env_reset(&lab.batch, 0, 5, 1, &err), 0);
		for (int slot = 0; slot < SLOTS; slot++) {
			struct slot_state s = env_state(&lab.batch, 0);
			for (int m = 0; m < USERS; m++) {
				if (!s.pending[m] || s.waited_s[m] > 0)
					continue;
				double seen = deadline_s[slot][m];
				assert_true(seen == 0 || seen == s.users[m].deadline_s);
				both += seen > 0;
				deadline_s[slot][m] = s.users[m].deadline_s;
			}
			env_step_choice(&lab.batch, 0, &choice, &err);
		}
		env_close(&lab.batch);
	}
	assert_true(both > SLOTS / 4);
}

static void environments_of_a_batch_are_independent(void **state)
{
	(void)state;
	enum { N = 3 };
	struct lab together, alone;
	struct err err;
	struct rng *rng[N];
	lab_open(&together, ARRIVALS_IMMEDIATE, "og", N);
	lab_open(&alone, ARRIVALS_IMMEDIATE, "og", 1);
	for (int i = 0; i < N; i++) {
		rng[i] = rng_new(SEED, (uint64_t)i, RNG_TEST, 1);
		assert_int_equal(env_reset(&together.batch, i, 9, (uint64_t)i, &err), 0);
	}
	for (int slot = 0; slot < 100; slot++)
		for (int i = 0; i < N; i++)
			act_at_random(&together.batch, i, rng[i]);
	for (int i = 0; i < N; i++) {
		rng_free(rng[i]);
		rng[i] = rng_new(SEED, (uint64_t)i, RNG_TEST, 1);
		assert_int_equal(env_reset(&alone.batch, 0, 9, (uint64_t)i, &err), 0);
		for (int slot = 0; slot < 100; slot++)
			act_at_random(&alone.batch, 0, rng[i]);
		assert_memory_equal(env_log(&alone.batch, 0), env_log(&together.batch, i),
				    sizeof(struct env_log));
		rng_free(rng[i]);
	}
	env_close(&together.batch);
	env_close(&alone.batch);
}

// What is foretold arises, then and there, if the user stays idle.
static void the_future_comes_true(void **state)
{
	(void)state;
	static const struct slot_choice wait = {.verdict = SLOT_WAIT};
	struct lab lab;
	struct err err;
	struct decider_future future[USERS];
	int foretold = 0;
	lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
	assert_int_equal(env_reset(&lab.batch, 0, 5, 1, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++) {
		int n = env_future(&lab.batch, 0, future);
		env_step_choice(&lab.batch, 0, &wait, &err);
		struct slot_state s = env_state(&lab.batch, 0);
		for (int k = 0; k < n; k++) {
			assert_true(future[k].after_s > 0.0249);
			if (future[k].after_s > 0.0251)
				continue;
			foretold++;
			assert_true(s.pending[future[k].user]);
			assert_near(s.users[future[k].user].deadline_s, future[k].task.deadline_s, 1e-8);
		}
	}
	assert_true(foretold > SLOTS / 4);
	env_close(&lab.batch);
}

static void close_and_open_again(struct lab *lab)
{
	struct err err;
	env_close(&lab->batch);
	assert_int_equal(env_init(&lab->batch, &lab->config, 1, &err), 0);
}

// Whatever is done, in slots or at arrivals, tasks cost no less than each would with the edge to itself.
static void nothing_is_below_the_bound(void **state)
{
	(void)state;
	static const char *const callers[] = {"og", "ip-ssa"};
	static const enum arrivals_kind kinds[] = {ARRIVALS_BERNOULLI, ARRIVALS_IMMEDIATE};
	for (int k = 0; k < 4; k++) {
		struct lab lab;
		struct err err;
		struct rng *rng = rng_new(SEED, (uint64_t)k, RNG_TEST, 1);
		lab_open(&lab, kinds[k / 2], callers[k % 2], 1);
		lab.config.with_bound = true;
		close_and_open_again(&lab);
		assert_int_equal(env_reset(&lab.batch, 0, SEED, (uint64_t)k, &err), 0);
		for (int slot = 0; slot < SLOTS; slot++) {
			double before = env_log(&lab.batch, 0)->energy_j - env_log(&lab.batch, 0)->bound_j;
			act_at_random(&lab.batch, 0, rng);
			double after = env_log(&lab.batch, 0)->energy_j - env_log(&lab.batch, 0)->bound_j;
			assert_true(after >= before - 1e-12);
		}
		assert_true(env_log(&lab.batch, 0)->bound_j > 0);
		env_close(&lab.batch);
		rng_free(rng);
	}
}

// A network without multiply-accumulates costs its device neither time nor energy.
static void tasks_without_work_are_dispatched_like_others(void **state)
{
	(void)state;
	static const double no_work[SUBTASKS];
	struct snapshot_network networks[2] = {network, network};
	struct lab lab;
	struct err err = {""};
	struct rng *rng = rng_new(SEED, 0, RNG_TEST, 2);
	networks[1].work_flop = no_work;
	lab_open(&lab, ARRIVALS_IMMEDIATE, "og", 1);
	lab.config.networks = networks;
	lab.config.n_networks = 2;
	lab.users[0].network = 1;
	whole_flop[0] = 0;
	close_and_open_again(&lab);
	assert_int_equal(env_reset(&lab.batch, 0, SEED, 0, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++)
		act_at_random(&lab.batch, 0, rng);
	const struct env_log *log = env_log(&lab.batch, 0);
	assert_true(log->tasks > SLOTS && log->misses == 0 && isfinite(log->energy_j));
	assert_near(env_local_j(&lab.users[0], 0, 0.1), 0, 0);
	env_close(&lab.batch);
	lab.config.local_at_arrival = true; // the next task arises when the last one ends: at once
	assert_int_equal(env_init(&lab.batch, &lab.config, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "user 0's tasks have no work"));
	rng_free(rng);
}

// A single user that calls og when its task arises has the edge for itself: the bound is reached.
static void a_lone_user_reaches_the_bound(void **state)
{
	(void)state;
	static const struct slot_choice call = {.verdict = SLOT_CALL};
	struct lab lab;
	struct err err;
	lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
	lab.config.with_bound = true;
	lab.config.slot.n_users = 1;
	close_and_open_again(&lab);
	assert_int_equal(env_reset(&lab.batch, 0, SEED, 1, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++)
		assert_int_equal(env_step_choice(&lab.batch, 0, &call, &err), 0);
	const struct env_log *log = env_log(&lab.batch, 0);
	assert_true(log->tasks > 20 && log->offloaded > 0);
	assert_near(log->energy_j, log->bound_j, 1e-9 * log->bound_j);
	env_close(&lab.batch);
}

// Tasks arise at multiples of the slot: at a boundary that falls 2 ms later they have waited 2 ms.
static void boundaries_fall_the_offset_later(void **state)
{
	(void)state;
	static const struct slot_choice call = {.verdict = SLOT_CALL};
	struct lab lab;
	struct err err;
	int seen = 0;
	lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
	lab.config.offset_s = 2e-3;
	close_and_open_again(&lab);
	assert_int_equal(env_reset(&lab.batch, 0, SEED, 1, &err), 0);
	for (int slot = 0; slot < SLOTS; slot++) {
		struct slot_state s = env_state(&lab.batch, 0);
		for (int m = 0; m < USERS; m++)
			if (s.pending[m] && ++seen)
				assert_near(s.waited_s[m], 2e-3, 1e-9);
		assert_int_equal(env_step_choice(&lab.batch, 0, &call, &err), 0);
	}
	assert_true(seen > 100);
	env_close(&lab.batch);
	lab.config.offset_s = lab.config.slot.slot_s;
	assert_int_equal(env_init(&lab.batch, &lab.config, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "offset_s"));
	env_close(&lab.batch);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	lab_open(&lab, ARRIVALS_BERNOULLI, "og", 1);
	assert_int_equal(env_reset(&lab.batch, 0, 5, 1, &err), 0);
	lab.batch.action[1] = NAN;
	assert_int_equal(env_step(&lab.batch, 0, &err), -EINVAL);
	assert_non_null(strstr(err.text, "action[1]"));
	env_close(&lab.batch);
	struct env_batch b;
	lab.config.energy_scale_j = NAN;
	assert_int_equal(env_init(&b, &lab.config, 1, &err), -EINVAL);
	assert_non_null(strstr(err.text, "energy_scale_j"));
	env_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_choice_misses_a_deadline),
	    cmocka_unit_test(local_work_costs_its_closed_form),
	    cmocka_unit_test(tasks_that_waited_too_long_are_missed),
	    cmocka_unit_test(arrivals_do_not_depend_on_the_policy),
	    cmocka_unit_test(environments_of_a_batch_are_independent),
	    cmocka_unit_test(the_future_comes_true),
	    cmocka_unit_test(nothing_is_below_the_bound),
	    cmocka_unit_test(tasks_without_work_are_dispatched_like_others),
	    cmocka_unit_test(a_lone_user_reaches_the_bound),
	    cmocka_unit_test(boundaries_fall_the_offset_later),
	    cmocka_unit_test(nonsense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
