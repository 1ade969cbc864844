// SPDX-License-Identifier: BSD-3-Clause
// Gradient steps of DDPG and TD3 per second on one thread, and what one decision costs. Defaults as in the
// topology: 10 users (21 numbers observed, 2 decided), 2 x 128 units, batches of 128.
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "edge/policy/rl/ddpg.h"

enum { N_OBS = 21, N_ACTION = 2, UPDATES = 500, ROUNDS = 5, DECISIONS = 20000, MEMORY = 100000 };

static void remember(struct ddpg *d, struct rng *rng)
{
	for (int i = 0; i < MEMORY; i++) {
		float values[2 * N_OBS + N_ACTION];
		for (int k = 0; k < 2 * N_OBS + N_ACTION; k++)
			values[k] = (float)rng_uniform(rng, 0, 1);
		replay_add(&d->replay, values, values + 2 * N_OBS, -values[0], values + N_OBS, false);
	}
}

static double updates_per_s(struct ddpg *d, struct rng *rng)
{
	double best = 0;
	for (int r = 0; r < ROUNDS; r++) {
		int64_t begin_ns = clock_now_ns();
		for (int i = 0; i < UPDATES; i++)
			ddpg_update(d, rng);
		double rate = UPDATES / ns_to_s(clock_now_ns() - begin_ns);
		best = rate > best ? rate : best;
	}
	return best;
}

static double decision_us(const struct ddpg *d)
{
	float obs[N_OBS], action[N_ACTION], sum = 0;
	for (int k = 0; k < N_OBS; k++)
		obs[k] = (float)k / N_OBS;
	int64_t begin_ns = clock_now_ns();
	for (int i = 0; i < DECISIONS; i++) {
		obs[0] = (float)i / DECISIONS;
		ddpg_act(d, obs, action);
		sum += action[0];
	}
	double us = 1e6 * ns_to_s(clock_now_ns() - begin_ns) / DECISIONS;
	return sum < 1e9f ? us : 0;
}

static int measure(bool td3)
{
	struct ddpg_options options = {
	    .hidden = {128, 128},
	    .actor_rate = 1e-4,
	    .critic_rate = 1e-3,
	    .gamma = 0.99,
	    .tau = 0.005,
	    .batch = 128,
	    .replay = MEMORY,
	    .warmup = 1000,
	    .td3 = td3,
	    .target_noise = 0.2,
	    .target_noise_limit = 0.5,
	    .policy_delay = 2,
	};
	struct ddpg d;
	struct err err;
	struct rng *rng = rng_new(1, 1, RNG_TEST, 0);
	int rc = ddpg_open(&d, &options, N_OBS, N_ACTION, &err);
	if (rc == 0) {
		ddpg_init(&d, rng);
		remember(&d, rng);
		printf("%s: %.0f gradient steps a second", td3 ? "TD3" : "DDPG", updates_per_s(&d, rng));
		printf(", %.1f us a decision\n", decision_us(&d));
	} else {
		fprintf(stderr, "%s\n", err.text);
	}
	ddpg_close(&d);
	rng_free(rng);
	return rc;
}

int main(void)
{
	mlp_single_thread();
	return measure(false) < 0 || measure(true) < 0;
}
