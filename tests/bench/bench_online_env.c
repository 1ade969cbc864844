// SPDX-License-Identifier: BSD-3-Clause
// Slots a second of the online environment on one core, ten users of topologies/online.yaml: with actions
// drawn at random (a third of the slots call), and with a call whenever a task is pending. Without an agent.
#include <stdio.h>
#include "base/clock.h"
#include "tools/train/world.h"

enum { SLOTS = 40000, ROUNDS = 5, ACTIONS = 4096 };

static int one_round(struct env_batch *b, const float *actions, double *slots_per_s, struct err *err)
{
	int rc = env_reset(b, 0, 1, 1, err);
	int64_t begin_ns = clock_now_ns();
	for (int slot = 0; rc == 0 && slot < SLOTS; slot++) {
		const float *action = actions + (ptrdiff_t)SLOT_ACTIONS * (slot % ACTIONS);
		b->action[0] = action[0];
		b->action[1] = action[1];
		rc = env_step(b, 0, err);
	}
	double rate = SLOTS / ns_to_s(clock_now_ns() - begin_ns);
	*slots_per_s = rate > *slots_per_s ? rate : *slots_per_s;
	return rc;
}

static int measure(const struct world *w, const char *caller, const char *what, const float *actions,
		   struct err *err)
{
	struct env_config config = w->env;
	struct env_batch b;
	double slots_per_s = 0;
	config.caller = policy_find(caller, err);
	int rc = env_init(&b, &config, 1, err);
	for (int r = 0; rc == 0 && r < ROUNDS; r++)
		rc = one_round(&b, actions, &slots_per_s, err);
	if (rc == 0) {
		const struct env_log *log = env_log(&b, 0);
		printf("%-9s %-7s %-22s %8.0f slots/s   %.2f tasks and %.2f calls a slot, %lld missed\n",
		       arrivals_kind_name(config.arrivals[0].kind), caller, what, slots_per_s,
		       (double)log->tasks / SLOTS, (double)log->calls / SLOTS, (long long)log->misses);
	}
	env_close(&b);
	return rc;
}

static int measure_kind(const char *kind, const float *random, const float *call, struct err *err)
{
	const char *set[] = {kind, NULL};
	struct world w;
	int rc = world_open(&w, AIRBATCH_SOURCE "/topologies/online.yaml", set, err);
	rc = rc < 0 ? rc : measure(&w, "ip-ssa", "random actions", random, err);
	rc = rc < 0 ? rc : measure(&w, "ip-ssa", "called whenever asked", call, err);
	rc = rc < 0 ? rc : measure(&w, "og", "random actions", random, err);
	rc = rc < 0 ? rc : measure(&w, "og", "called whenever asked", call, err);
	world_close(&w);
	return rc;
}

int main(void)
{
	static float random[ACTIONS * SLOT_ACTIONS], call[ACTIONS * SLOT_ACTIONS];
	struct err err = {""};
	struct rng *rng = rng_new(1, 1, RNG_TEST, 0);
	for (int i = 0; i < ACTIONS * SLOT_ACTIONS; i++) {
		random[i] = (float)rng_uniform(rng, -1, 1);
		call[i] = 1;
	}
	rng_free(rng);
	int rc = measure_kind("ues.arrivals.kind=bernoulli", random, call, &err);
	rc = rc < 0 ? rc : measure_kind("ues.arrivals.kind=immediate", random, call, &err);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.text);
	return rc < 0;
}
