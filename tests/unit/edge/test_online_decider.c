// SPDX-License-Identifier: BSD-3-Clause
// Laws of the deciders, in the environment: a window of K slots calls K slots after the first arrival; the
// clairvoyant one is as good as trying every sequence of choices and thresholds on instances with one task a
// user, and no other does better.
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
#include "edge/online/decider.h"
#include "edge/online/env.h"
#include "tests/unit/edge/policy_random.h"

// A tiny world: a few users with one task each that arises in the first slots; then everything is called.
enum {
	USERS = 3,
	ARRIVAL_SLOTS = 3,
	FREE_SLOTS = 4,
	ALL_SLOTS = 16,
	CHOICES = DECIDER_THRESHOLDS + 3, // wait, local, call without a threshold and with each
	INSTANCES = 12,
	SUBTASKS = 3,
	MOST_BATCH = 4
};
#define SLOT_S .025
#define LONGEST_S .25 // so that multiples of an eighth are whole, for windows: 125 ms

struct world {
	double work[SUBTASKS], bits[SUBTASKS + 1], batch[SUBTASKS * MOST_BATCH], whole[USERS];
	struct snapshot_network network;
	struct snapshot_job users[USERS];
	struct arrival task[USERS];
	struct arrivals arrivals[USERS];
	struct env_config config;
	struct env_batch env;
};

static void draw_network(struct world *w, struct rng *rng)
{
	double total = 0;
	for (int n = 0; n < SUBTASKS; n++) {
		w->work[n] = rng_uniform(rng, 1e8, 3e8);
		w->bits[n] = rng_uniform(rng, 1e5, 1.2e6);
		total += w->work[n];
		for (int b = 0; b < MOST_BATCH; b++)
			w->batch[n * MOST_BATCH + b] = 2e-3 + 4e-4 * b;
	}
	w->network = (struct snapshot_network){.name = "tiny",
					       .n_subtasks = SUBTASKS,
					       .work_flop = w->work,
					       .cut_bits = w->bits,
					       .max_batch = MOST_BATCH,
					       .batch_s = w->batch};
	for (int m = 0; m < USERS; m++)
		w->whole[m] = total;
}

// Half of the instances have tasks between boundaries, too, which LC serves at once and no slotted policy
// can.
static void draw_user(struct world *w, struct rng *rng, int m, bool between)
{
	w->users[m] =
	    (struct snapshot_job){.rate_bps = rng_uniform(rng, 1e7, 3e7),
				  .tx_power_w = .1,
				  .device = {.f_min_flops = 1e8, .f_max_flops = 2e10, .kappa = 5e-31},
				  .deadline_s = .2};
	w->task[m] =
	    (struct arrival){.at_ns = (int64_t)rng_below(rng, ARRIVAL_SLOTS) * s_to_ns(SLOT_S) +
				      (between ? (int64_t)rng_below(rng, 2) * s_to_ns(SLOT_S / 2) : 0),
			     .deadline_ns = s_to_ns(rng_uniform(rng, .1, .25))};
	w->arrivals[m] = (struct arrivals){.kind = ARRIVALS_TRACE, .trace = &w->task[m], .n_trace = 1};
}

static void draw_world(struct world *w, struct rng *rng, const struct policy *caller, bool between)
{
	struct err err;
	*w = (struct world){0};
	draw_network(w, rng);
	for (int m = 0; m < USERS; m++)
		draw_user(w, rng, m, between);
	w->config = (struct env_config){.slot = {.n_users = USERS,
						 .slot_s = SLOT_S,
						 .deadline_scale_s = LONGEST_S,
						 .work_flop = w->whole},
					.users = w->users,
					.n_networks = 1,
					.networks = &w->network,
					.arrivals = w->arrivals,
					.caller = caller,
					.energy_scale_j = 1,
					.with_bound = true};
	if (env_init(&w->env, &w->config, 1, &err) < 0)
		fail_msg("%s", err.text);
}

static void reset(struct world *w)
{
	struct err err;
	assert_int_equal(env_reset(&w->env, 0, 1, 1, &err), 0);
}

static void step(struct world *w, const struct slot_choice *choice)
{
	struct err err;
	if (env_step_choice(&w->env, 0, choice, &err) < 0)
		fail_msg("%s", err.text);
}

static struct slot_choice choice_of(int digit)
{
	int k = digit - SLOT_CALL; // of the grid; 0 = none
	if (k < 0)
		return (struct slot_choice){.verdict = (enum slot_verdict)digit};
	return (struct slot_choice){SLOT_CALL, k * LONGEST_S / (DECIDER_THRESHOLDS + 1)};
}

static bool anything_pending(const struct world *w)
{
	struct slot_state s = env_state(&w->env, 0);
	for (int m = 0; m < USERS; m++)
		if (s.pending[m])
			return true;
	return false;
}

// Energy of all tasks when a sequence of choices, in base CHOICES, is followed, and then everything is
// called. With `prune` INFINITY for one that chooses where there is nothing to choose: another has the same
// effect.
static double follow(struct world *w, int sequence, bool prune)
{
	reset(w);
	for (int k = 0; k < ALL_SLOTS; k++, sequence /= CHOICES) {
		int digit = k < FREE_SLOTS ? sequence % CHOICES : SLOT_CALL;
		if (prune && k < FREE_SLOTS && digit != SLOT_WAIT && !anything_pending(w))
			return INFINITY;
		struct slot_choice choice = choice_of(digit);
		step(w, &choice);
	}
	assert_int_equal(env_log(&w->env, 0)->tasks, USERS);
	assert_int_equal(env_log(&w->env, 0)->misses, 0);
	return env_log(&w->env, 0)->energy_j;
}

static double exhaustive(struct world *w)
{
	int sequences = 1;
	double best_j = INFINITY;
	for (int k = 0; k < FREE_SLOTS; k++)
		sequences *= CHOICES;
	for (int i = 0; i < sequences; i++)
		best_j = fmin(best_j, follow(w, i, true));
	return best_j;
}

static double local_at_arrival(struct world *w)
{
	w->config.local_at_arrival = true;
	reset(w);
	for (int k = 0; k < ALL_SLOTS; k++)
		step(w, &(struct slot_choice){.verdict = SLOT_WAIT});
	w->config.local_at_arrival = false;
	assert_int_equal(env_log(&w->env, 0)->tasks, USERS);
	return env_log(&w->env, 0)->energy_j;
}

static double decide_all(struct world *w, const char *name)
{
	struct err err;
	struct decider *d;
	const struct decider_config config = {.name = name, .horizon_slots = 10, .slots = &w->config.slot};
	if (decider_open(&d, &config, &err) < 0)
		fail_msg("%s", err.text);
	const struct snapshot problem = {.n_servers = 1, .n_networks = 1, .networks = &w->network};
	struct decider_future future[USERS];
	reset(w);
	for (int k = 0; k < ALL_SLOTS; k++) {
		struct decider_view view = {
		    .state = env_state(&w->env, 0), .problem = &problem, .future = future};
		view.n_future = env_future(&w->env, 0, future);
		struct decision decision;
		if (decider_decide(d, &view, w->env.obs, &decision, &err) < 0)
			fail_msg("%s: %s", name, err.text);
		step(w, &decision.choice);
	}
	decider_close(d);
	assert_int_equal(env_log(&w->env, 0)->tasks, USERS);
	assert_int_equal(env_log(&w->env, 0)->misses, 0);
	return env_log(&w->env, 0)->energy_j;
}

static void compare(struct world *w, bool with_local, int *better)
{
	static const char *const others[] = {"tw-0:og", "tw-1:og",	 "tw-2:og",
					     "tw-4:og", "tw-0:og:125ms", "tw-1:og:125ms"};
	double best_j = exhaustive(w), clairvoyant_j = decide_all(w, "clairvoyant");
	assert_true(clairvoyant_j <= best_j * (1 + 1e-9));
	assert_true(clairvoyant_j >= env_log(&w->env, 0)->bound_j);
	if (with_local)
		assert_true(clairvoyant_j <= local_at_arrival(w) * (1 + 1e-9));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		double other_j = decide_all(w, others[i]);
		assert_true(clairvoyant_j <= other_j * (1 + 1e-9));
		*better += clairvoyant_j < other_j * .999;
	}
}

static void nothing_beats_the_clairvoyant(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 1, RNG_TEST, 0);
	struct err err;
	const struct policy *og = policy_find("og", &err);
	int better = 0;
	for (int k = 0; k < INSTANCES; k++) {
		struct world w;
		bool between = k % 2;
		draw_world(&w, rng, og, between);
		compare(&w, !between, &better);
		env_close(&w.env);
	}
	assert_true(better > 0);
	rng_free(rng);
}

static void no_random_choice_misses(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 1, RNG_TEST, 1);
	struct err err;
	const struct policy *og = policy_find("og", &err);
	for (int k = 0; k < INSTANCES; k++) {
		struct world w;
		draw_world(&w, rng, og, true);
		for (int i = 0; i < 50; i++)
			follow(&w, (int)rng_below(rng, 1u << 30), false);
		decide_all(&w, "random");
		env_close(&w.env);
	}
	rng_free(rng);
}

static void a_window_calls_k_slots_after_the_first_arrival(void **state)
{
	(void)state;
	const struct slot_config slots = {.n_users = 2, .slot_s = SLOT_S, .deadline_scale_s = 1};
	struct err err;
	for (int k = 0; k < 30; k++) {
		char name[32];
		struct decider *d;
		snprintf(name, sizeof(name), k % 2 ? "tw-%d:ip-ssa" : "tw-%d:ip-ssa:112ms", k);
		const struct decider_config config = {.name = name, .slots = &slots};
		assert_int_equal(decider_open(&d, &config, &err), 0);
		assert_string_equal(decider_caller(d)->name, "ip-ssa");
		const bool pending[2] = {true, true};
		for (int slot = 0; slot <= k; slot++) {
			const double waited_s[2] = {fmax(0, (slot - 3) * SLOT_S), slot * SLOT_S};
			const struct decider_view view = {
			    .state = {.pending = pending, .waited_s = waited_s}};
			struct decision decision;
			assert_int_equal(decider_decide(d, &view, NULL, &decision, &err), 0);
			assert_int_equal(decision.choice.verdict, slot == k ? SLOT_CALL : SLOT_WAIT);
			assert_true(fabs(decision.choice.threshold_s - (k % 2 ? 0 : .112)) < 1e-12);
		}
		decider_close(d);
	}
}

static void names_are_checked(void **state)
{
	(void)state;
	static const char *const right[] = {"ddpg-og",	   "ddpg-ip-ssa",	"tw-0:og", "tw-999:ip-ssa",
					    "tw-0:og:1ms", "tw-2:ip-ssa:999ms", "random",  "clairvoyant"};
	static const char *const wrong[] = {"tw-K:og",
					    "tw-:og",
					    "tw-1000:og",
					    "tw-0:og:",
					    "tw-0:og:ms",
					    "tw-0:og:112",
					    "tw-0:og:1000ms",
					    "tw-0:og:112ms ",
					    "tw-1:eo",
					    "tw-1",
					    "og",
					    "",
					    "ddpg"};
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_true(online_policy_is(right[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(online_policy_is(wrong[i]));
	struct err err;
	struct decider *d;
	const struct slot_config few = {.n_users = 2, .slot_s = SLOT_S, .deadline_scale_s = 1},
				 many = {.n_users = 257};
	assert_int_equal(decider_open(&d, &(struct decider_config){.name = "og", .slots = &few}, &err),
			 -ENOENT);
	assert_int_equal(decider_open(&d, &(struct decider_config){.name = "ddpg-og", .slots = &few}, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "--agent"));
	assert_int_equal(decider_open(&d, &(struct decider_config){.name = "random", .slots = &many}, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "at most 256 users"));
	assert_int_equal(
	    decider_open(&d, &(struct decider_config){.name = "tw-0:og:0ms", .slots = &few}, &err), -EINVAL);
	assert_non_null(strstr(err.text, "at least 1 ms"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_beats_the_clairvoyant),
	    cmocka_unit_test(no_random_choice_misses),
	    cmocka_unit_test(a_window_calls_k_slots_after_the_first_arrival),
	    cmocka_unit_test(names_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
