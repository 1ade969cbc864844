// SPDX-License-Identifier: BSD-3-Clause
// Every policy on thousands of random snapshots: the plan passes the independent replay, and energies keep
// their order.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"

enum { CASES = 3000 };

static struct instance_shape draw_shape(struct rng *rng)
{
	return (struct instance_shape){.jobs = (int)rng_below(rng, 9),
				       .networks = rng_below(rng, 4) == 0 ? 3 : 1,
				       .subtasks = 1 + (int)rng_below(rng, 6),
				       .growth = (enum batch_growth)rng_below(rng, 3),
				       .equal_deadlines = rng_below(rng, 2),
				       .plain = rng_below(rng, 4) == 0,
				       .edge_power = true};
}

static void plan_or_fail(const struct policy *policy, const struct instance *instance, struct plan *plan,
			 int i)
{
	struct err err = {""};
	int rc = policy_plan(policy, &instance->snapshot, plan, &err);
	if (rc == 0)
		rc = plan_check(&instance->snapshot, plan, &err);
	if (rc == 0)
		return;
	instance_print(instance);
	fail_msg("%s, case %d: %s", policy->name, i, err.text);
}

static void every_plan_passes_the_replay(void **state)
{
	(void)state;
	unsigned long seed = test_seed();
	struct rng *rng = rng_new(seed, 0, RNG_TEST, 0);
	struct plan *plan = plan_new(16, 16);
	for (int i = 0; i < CASES; i++) {
		struct instance_shape shape = draw_shape(rng);
		struct instance *instance = instance_new(rng, &shape);
		for (const struct policy *policy = policies; policy->name; policy++)
			if (plans_networks(policy, shape.networks))
				plan_or_fail(policy, instance, plan, i);
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_plan_passes_the_replay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
