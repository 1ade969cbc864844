// SPDX-License-Identifier: BSD-3-Clause
// More users than the largest batch: every policy still plans, no batch is larger, and who may have larger
// batches never pays more.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/check.h"
#include "edge/policy/cost.h"
#include "tests/unit/edge/policy_random.h"

enum { CASES = 400, MOST_JOBS = 24, MOST_BATCH = 5, LARGER_CASES = 150 };

static struct instance_shape draw_shape(struct rng *rng)
{
	return (struct instance_shape){.jobs = 1 + (int)rng_below(rng, MOST_JOBS),
				       .networks = rng_below(rng, 4) == 0 ? 2 : 1,
				       .subtasks = 1 + (int)rng_below(rng, 4),
				       .growth = (enum batch_growth)rng_below(rng, 3),
				       .equal_deadlines = rng_below(rng, 2),
				       .plain = rng_below(rng, 4) == 0,
				       .edge_power = true,
				       .max_batch = 1 + (int)rng_below(rng, MOST_BATCH)};
}

static void plan_or_fail(const struct policy *policy, const struct instance *instance, struct plan *plan,
			 int i)
{
	struct err err = {""};
	int rc = policy_plan(policy, &instance->snapshot, plan, &err);
	rc = rc ? rc : plan_check(&instance->snapshot, plan, &err);
	for (int b = 0; rc == 0 && b < plan->n_batches; b++)
		assert_true(plan->batches[b].n_jobs <=
			    instance->networks[plan->batches[b].network].max_batch);
	if (rc == 0)
		return;
	instance_print(instance);
	fail_msg("%s, case %d: %s", policy->name, i, err.text);
}

static void no_policy_plans_a_larger_batch(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 1);
	struct plan *plan = plan_new(MOST_JOBS, 16);
	struct busy busy[3];
	for (int i = 0; i < CASES; i++) {
		struct instance_shape shape = draw_shape(rng);
		struct instance *instance = instance_new(rng, &shape);
		assert_non_null(instance);
		if (!shape.plain)
			instance_draw_busy(rng, instance, busy, 3);
		for (const struct policy *policy = policies; policy->name; policy++)
			if (plans_networks(policy, shape.networks))
				plan_or_fail(policy, instance, plan, i);
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
}

static struct cost cost_of(const struct policy *policy, const struct snapshot *snapshot, struct plan *plan)
{
	struct err err = {""};
	struct cost cost = {0};
	assert_int_equal(policy_plan(policy, snapshot, plan, &err), 0);
	cost.j = plan->energy_j;
	for (int m = 0; m < plan->n_jobs; m++)
		cost.late += !plan->jobs[m].feasible;
	return cost;
}

// The instance's one network with the first `most` columns of its table.
static struct snapshot_network first_columns(const struct snapshot_network *net, int most, double table[])
{
	struct snapshot_network first = *net;
	for (int n = 0; n < net->n_subtasks; n++)
		memcpy(table + (ptrdiff_t)n * most, net->batch_s + (ptrdiff_t)n * net->max_batch,
		       (size_t)most * sizeof(*table));
	first.max_batch = most;
	first.batch_s = table;
	return first;
}

static void check_larger(const struct policy *policy, const struct instance *instance, struct plan *plan)
{
	const struct snapshot_network *net = instance->networks;
	double *table = calloc((size_t)net->n_subtasks * (size_t)net->max_batch, sizeof(*table));
	struct snapshot snapshot = instance->snapshot;
	struct cost before = {1000, 0};
	for (int most = 1; most <= net->max_batch; most++) {
		struct snapshot_network first = first_columns(net, most, table);
		snapshot.networks = &first;
		struct cost cost = cost_of(policy, &snapshot, plan);
		if (cost.late > before.late ||
		    (cost.late == before.late && cost.j > before.j + 1e-9 * fabs(before.j)))
			fail_msg("%s with batches up to %d: %d late, %.12g J; up to %d: %d late, %.12g J",
				 policy->name, most - 1, before.late, before.j, most, cost.late, cost.j);
		before = cost;
	}
	free(table);
}

// Groups cost no more than one group of everybody, whatever fits into a batch.
static void og_costs_no_more_than_ip_ssa(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 3);
	struct plan *plan = plan_new(MOST_JOBS, 16);
	for (int i = 0; i < CASES; i++) {
		struct instance_shape shape = draw_shape(rng);
		struct instance *instance = instance_new(rng, &shape);
		assert_non_null(instance);
		struct cost og = cost_of(policy_find("og", NULL), &instance->snapshot, plan);
		struct cost ip_ssa = cost_of(policy_find("ip-ssa", NULL), &instance->snapshot, plan);
		assert_true(og.late <= ip_ssa.late);
		assert_true(og.late < ip_ssa.late || og.j <= ip_ssa.j + 1e-9 * fabs(ip_ssa.j));
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
}

// Each of them tries all that a smaller bound lets it try.
static void a_larger_bound_never_costs_more(void **state)
{
	(void)state;
	static const char *const names[] = {"ip-ssa:keep-best", "j-dob"};
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 2);
	struct plan *plan = plan_new(MOST_JOBS, 16);
	for (int i = 0; i < LARGER_CASES; i++) {
		struct instance_shape shape = draw_shape(rng);
		shape.networks = 1;
		shape.max_batch = MOST_BATCH;
		struct instance *instance = instance_new(rng, &shape);
		assert_non_null(instance);
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			check_larger(policy_find(names[k], NULL), instance, plan);
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_policy_plans_a_larger_batch),
	    cmocka_unit_test(og_costs_no_more_than_ip_ssa),
	    cmocka_unit_test(a_larger_bound_never_costs_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
