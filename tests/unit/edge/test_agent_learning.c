// SPDX-License-Identifier: BSD-3-Clause
// DDPG on a problem whose answer is known: the scalar linear-quadratic regulator s' = s + a / 2, reward
// -(s^2 + a^2 / 10), gamma 0.9, whose best control a = -K s follows from the Riccati equation. And: the same
// seed trains the same parameters, bit for bit.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "edge/policy/rl/ddpg.h"

#define STEP 0.5
#define EFFORT 0.1
#define GAMMA 0.9

enum { EPISODES = 60, LENGTH = 40, TRIALS = 50 };

static struct ddpg_options options(bool td3)
{
	return (struct ddpg_options){
	    .hidden = {32, 32},
	    .actor_rate = 1e-3,
	    .critic_rate = 3e-3,
	    .gamma = GAMMA,
	    .tau = 0.02,
	    .batch = 64,
	    .replay = 4096,
	    .warmup = 128,
	    .td3 = td3,
	    .target_noise = 0.1,
	    .target_noise_limit = 0.3,
	    .policy_delay = 2,
	};
}

static double step(double *s, double a)
{
	double reward = -(*s * *s + EFFORT * a * a);
	*s += STEP * a;
	return reward;
}

// The gain of the best control: P = 1 + gamma P - (gamma P b)^2 / (R + gamma P b^2) iterated to its fixed
// point.
static double best_gain(void)
{
	double p = 1;
	for (int i = 0; i < 1000; i++) {
		double b = GAMMA * p * STEP;
		p = 1 + GAMMA * p - b * b / (EFFORT + b * STEP);
	}
	return GAMMA * p * STEP / (EFFORT + GAMMA * p * STEP * STEP);
}

// Mean discounted cost from starts spread over [-0.5, 0.5]; the gain is used when there is no agent.
static double cost(const struct ddpg *d, double gain)
{
	double sum = 0;
	for (int i = 0; i < TRIALS; i++) {
		double s = -0.5 + (double)i / (TRIALS - 1), weight = 1;
		for (int t = 0; t < LENGTH; t++, weight *= GAMMA) {
			float obs = (float)s, action = (float)(-gain * s);
			if (d)
				ddpg_act(d, &obs, &action);
			sum -= weight * step(&s, (double)action) / TRIALS;
		}
	}
	return sum;
}

static void train(struct ddpg *d, uint64_t seed)
{
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	ddpg_init(d, rng);
	for (int e = 0; e < EPISODES; e++) {
		double s = rng_uniform(rng, -0.5, 0.5);
		for (int t = 0; t < LENGTH; t++) {
			float before = (float)s, action, after;
			ddpg_explore(d, &before, 0.3, rng, &action);
			double reward = step(&s, (double)action);
			s = fmin(fmax(s, -1), 1);
			after = (float)s;
			replay_add(&d->replay, &before, &action, (float)reward, &after, false);
			ddpg_update(d, rng);
		}
	}
	rng_free(rng);
}

static void check_learning(bool td3)
{
	struct ddpg d;
	struct ddpg_options o = options(td3);
	struct err err;
	double best = cost(NULL, best_gain()), idle = cost(NULL, 0);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		assert_int_equal(ddpg_open(&d, &o, 1, 1, &err), 0);
		train(&d, seed);
		double reached = cost(&d, 0);
		printf("%s, seed %d: cost %.4f; idle %.4f, best %.4f\n", td3 ? "TD3" : "DDPG", (int)seed,
		       reached, idle, best);
		assert_true(reached > best * (1 - 1e-6)); // nothing is better than the best
		assert_true(reached - best < 0.15 * (idle - best));
		ddpg_close(&d);
	}
}

static void ddpg_finds_the_known_control(void **state)
{
	(void)state;
	check_learning(false);
}

static void td3_finds_the_known_control(void **state)
{
	(void)state;
	check_learning(true);
}

static void equal_seeds_train_equal_bits(void **state)
{
	(void)state;
	struct ddpg d[3];
	struct ddpg_options o = options(true);
	struct err err;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ddpg_open(&d[i], &o, 1, 1, &err), 0);
		train(&d[i], i < 2 ? 7 : 8);
	}
	size_t size = learner_saved(&d[0].actor) * sizeof(float);
	assert_memory_equal(d[0].actor.parameters, d[1].actor.parameters, size);
	assert_memory_not_equal(d[0].actor.parameters, d[2].actor.parameters, size);
	size = learner_saved(&d[0].critic[1]) * sizeof(float);
	assert_memory_equal(d[0].critic[1].parameters, d[1].critic[1].parameters, size);
	for (int i = 0; i < 3; i++)
		ddpg_close(&d[i]);
}

static void constants_out_of_range_are_named(void **state)
{
	(void)state;
	struct ddpg d;
	struct err err;
	struct ddpg_options o = options(false);
	o.gamma = NAN;
	assert_true(ddpg_open(&d, &o, 1, 1, &err) < 0);
	assert_non_null(strstr(err.text, "gamma"));
	ddpg_close(&d);
	o = options(false);
	o.hidden[1] = 0;
	assert_true(ddpg_open(&d, &o, 1, 1, &err) < 0);
	assert_non_null(strstr(err.text, "second hidden layer"));
	ddpg_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ddpg_finds_the_known_control),
	    cmocka_unit_test(td3_finds_the_known_control),
	    cmocka_unit_test(equal_seeds_train_equal_bits),
	    cmocka_unit_test(constants_out_of_range_are_named),
	};
	mlp_single_thread();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
