// SPDX-License-Identifier: BSD-3-Clause
// The policies against exhaustive search on small random snapshots, and against each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"
#include "tests/unit/edge/policy_reference.h"

struct fixture {
	struct rng *rng;
	struct plan *plan;
};

static int open_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	if (!f)
		return -1;
	f->rng = rng_new(test_seed(), 0, RNG_TEST, 1);
	f->plan = plan_new(8, 8);
	return f->rng && f->plan ? 0 : -1;
}

static int close_fixture(void **state)
{
	struct fixture *f = *state;
	rng_free(f->rng);
	plan_free(f->plan);
	free(f);
	return 0;
}

static struct cost cost_of(struct fixture *f, const char *name, const struct snapshot *snapshot)
{
	struct err err = {""};
	if (policy_plan(policy_find(name, NULL), snapshot, f->plan, &err) < 0 ||
	    plan_check(snapshot, f->plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	struct cost cost = {0, f->plan->energy_j};
	for (int m = 0; m < snapshot->n_jobs; m++)
		cost.late += !f->plan->jobs[m].feasible;
	return cost;
}

// a is not better than b, up to rounding.
static bool not_below(struct cost a, struct cost b)
{
	return a.late != b.late ? a.late > b.late : a.j >= b.j - 1e-9 * fabs(b.j);
}

static bool same(struct cost a, struct cost b)
{
	return not_below(a, b) && not_below(b, a);
}

// How often and by how much a policy stays above a reference, in per cent of what local computing costs;
// fails when it is below.
struct gap {
	int n, above, late;
	double sum, most;
};

static double local_j(const struct snapshot *snapshot)
{
	double j = 0;
	for (int m = 0; m < snapshot->n_jobs; m++)
		j += reference_local(snapshot, m).j;
	return j;
}

static void gap_add(struct gap *gap, struct cost cost, struct cost reference, const struct instance *instance)
{
	if (!not_below(cost, reference)) {
		instance_print(instance);
		fail_msg("%d late, %.12g J, below the optimum of %d late, %.12g J", cost.late, cost.j,
			 reference.late, reference.j);
	}
	gap->n++;
	if (same(cost, reference))
		return;
	gap->above++;
	gap->late += cost.late > reference.late;
	if (cost.late > reference.late)
		return;
	double per_cent = 100 * (cost.j - reference.j) / local_j(&instance->snapshot);
	gap->sum += per_cent;
	gap->most = fmax(gap->most, per_cent);
}

static void gap_print(const struct gap *gap, const char *what)
{
	int with_same_users = gap->above - gap->late;
	printf("%s: above in %d of %d (%d by serving fewer users), mean %.2f %% of LC, most %.2f %%\n", what,
	       gap->above, gap->n, gap->late, with_same_users ? gap->sum / with_same_users : 0, gap->most);
}

static void assert_same(struct cost cost, struct cost reference, const struct instance *instance)
{
	if (same(cost, reference))
		return;
	instance_print(instance);
	fail_msg("%d late, %.12g J; the reference says %d late, %.12g J", cost.late, cost.j, reference.late,
		 reference.j);
}

static struct instance *draw(struct fixture *f, int most_users, int most_subtasks, enum batch_growth growth,
			     bool equal)
{
	struct instance_shape shape = {.jobs = 1 + (int)rng_below(f->rng, (uint64_t)most_users),
				       .networks = 1,
				       .subtasks = 1 + (int)rng_below(f->rng, (uint64_t)most_subtasks),
				       .growth = growth,
				       .equal_deadlines = equal,
				       .plain = true,
				       .edge_power = true,
				       .max_batch = most_users > 6 ? most_users : 6};
	struct instance *instance = instance_new(f->rng, &shape);
	assert_non_null(instance);
	if (rng_below(f->rng, 3) == 0)
		instance->snapshot.servers[0].free_s = rng_uniform(f->rng, 0, 0.1);
	for (int m = 0; m < shape.jobs; m++) {
		struct snapshot_job *user = &instance->jobs[m];
		user->release_s = rng_uniform(f->rng, 0, 0.01);
		user->uplink_delay_s = rng_uniform(f->rng, 0, 0.01);
		user->rate_bps *= rng_below(f->rng, 10) > 0;
		if (rng_below(f->rng, 6) == 0)
			user->device.f_min_flops = user->device.f_max_flops = rng_uniform(f->rng, 1e9, 8e9);
	}
	return instance;
}

// The theorem behind IP-SSA: with constant F and one deadline the users' own optima are all met at once.
static void ip_ssa_is_optimal_for_constant_f_and_one_deadline(void **state)
{
	for (int i = 0; i < 2000; i++) {
		struct instance *instance = draw(*state, 3, 3, GROWTH_CONSTANT, true);
		const struct snapshot *s = &instance->snapshot;
		struct cost cost = cost_of(*state, "ip-ssa", s), bound = {0};
		for (int m = 0; m < s->n_jobs; m++)
			bound = cost_add(
			    bound, reference_ip_ssa(s, 1U << m, s->servers[0].free_s, reference_end_s(s, m)));
		assert_same(cost, bound, instance);
		assert_same(cost, reference_optimum(s), instance);
		instance_free(instance);
	}
}

static void ip_ssa_never_beats_the_optimum(void **state)
{
	struct gap plain = {0}, keep_best = {0}, tighten = {0};
	for (int i = 0; i < 2000; i++) {
		struct instance *instance = draw(*state, 3, 3, i % 2 ? GROWTH_AFFINE : GROWTH_JUMPS, true);
		struct cost optimum = reference_optimum(&instance->snapshot);
		gap_add(&plain, cost_of(*state, "ip-ssa", &instance->snapshot), optimum, instance);
		gap_add(&keep_best, cost_of(*state, "ip-ssa:keep-best", &instance->snapshot), optimum,
			instance);
		gap_add(&tighten, cost_of(*state, "ip-ssa:tighten", &instance->snapshot), optimum, instance);
		instance_free(instance);
	}
	gap_print(&plain, "ip-ssa, F(b) grows, against the optimum");
	gap_print(&keep_best, "ip-ssa:keep-best, likewise");
	gap_print(&tighten, "ip-ssa:tighten, likewise");
}

static void ip_ssa_equals_the_scan_over_b(void **state)
{
	for (int i = 0; i < 3000; i++) {
		struct instance *instance = draw(*state, 8, 5, (enum batch_growth)(i % 3), true);
		const struct snapshot *s = &instance->snapshot;
		double end_s = reference_end_s(s, 0);
		assert_same(cost_of(*state, "ip-ssa", s),
			    reference_ip_ssa(s, (1U << s->n_jobs) - 1, s->servers[0].free_s, end_s),
			    instance);
		instance_free(instance);
	}
}

// The recurrence finds the best division into runs. Runs are not always the best groups, not even for
// constant F: a user with a late deadline may need an early group because the gap between two groups is too
// short for its cut.
static void og_equals_all_divisions_into_runs(void **state)
{
	static const char *const names[] = {"constant F", "affine F", "F with jumps"};
	for (int growth = 0; growth < 3; growth++) {
		struct gap runs = {0}, partitions = {0};
		for (int i = 0; i < 1000; i++) {
			struct instance *instance = draw(*state, 6, 4, (enum batch_growth)growth, false);
			struct cost cost = cost_of(*state, "og", &instance->snapshot);
			gap_add(&runs, cost, reference_grouping(&instance->snapshot, reference_ip_ssa, true),
				instance);
			gap_add(&partitions, cost,
				reference_grouping(&instance->snapshot, reference_ip_ssa, false), instance);
			instance_free(instance);
		}
		assert_int_equal(runs.above, 0);
		assert_true(growth != GROWTH_CONSTANT || partitions.above <= 15);
		printf("%s, ", names[growth]);
		gap_print(&partitions, "og against all set partitions");
	}
}

static void og_never_beats_the_optimum(void **state)
{
	struct gap constant = {0}, growing = {0};
	for (int i = 0; i < 1500; i++) {
		bool grows = i % 2;
		struct instance *instance =
		    draw(*state, 3, 3, grows ? GROWTH_AFFINE : GROWTH_CONSTANT, false);
		gap_add(grows ? &growing : &constant, cost_of(*state, "og", &instance->snapshot),
			reference_optimum(&instance->snapshot), instance);
		instance_free(instance);
	}
	gap_print(&constant, "og, constant F, against the optimum of the whole model");
	gap_print(&growing, "og, F(b) grows, against the optimum of the whole model");
}

static void j_dob_equals_all_divisions_into_runs(void **state)
{
	struct gap runs = {0}, partitions = {0};
	for (int i = 0; i < 800; i++) {
		struct instance *instance = draw(*state, 5, 3, (enum batch_growth)(i % 3), i % 4 == 0);
		struct cost cost = cost_of(*state, "j-dob", &instance->snapshot);
		gap_add(&runs, cost, reference_grouping(&instance->snapshot, reference_j_dob, true),
			instance);
		gap_add(&partitions, cost, reference_grouping(&instance->snapshot, reference_j_dob, false),
			instance);
		assert_true(not_below(cost_of(*state, "j-dob:no-edge-dvfs", &instance->snapshot), cost));
		assert_true(not_below(cost_of(*state, "j-dob:binary", &instance->snapshot), cost));
		instance_free(instance);
	}
	gap_print(&runs, "j-dob against all divisions into runs");
	gap_print(&partitions, "j-dob against all set partitions");
	assert_int_equal(runs.above, 0);
}

static void policies_keep_their_order(void **state)
{
	for (int i = 0; i < 4000; i++) {
		bool equal = i % 2, constant = i % 3 == 0;
		struct instance *instance =
		    draw(*state, 8, 6, constant ? GROWTH_CONSTANT : GROWTH_AFFINE, equal);
		const struct snapshot *s = &instance->snapshot;
		struct cost lc = cost_of(*state, "lc", s), ip_ssa = cost_of(*state, "ip-ssa", s);
		struct cost np = cost_of(*state, "ip-ssa-np", s), og = cost_of(*state, "og", s);
		assert_true(not_below(lc, np));
		assert_true(not_below(lc, ip_ssa));
		assert_true(not_below(lc, cost_of(*state, "ps", s)));
		assert_true(not_below(lc, cost_of(*state, "fifo", s)));
		assert_true(not_below(ip_ssa, cost_of(*state, "ip-ssa:keep-best", s)));
		assert_true(not_below(ip_ssa, cost_of(*state, "ip-ssa:tighten", s)));
		assert_true(not_below(ip_ssa, og));
		if (equal) {
			assert_true(not_below(cost_of(*state, "ps", s), ip_ssa));
			assert_true(same(ip_ssa, og) || constant || cost_less(og, ip_ssa));
		}
		if (constant &&
		    (equal || lc.late == 0)) // else whom NP cannot serve may tighten IP-SSA's deadline
			assert_true(not_below(np, ip_ssa));
		instance_free(instance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ip_ssa_is_optimal_for_constant_f_and_one_deadline),
	    cmocka_unit_test(ip_ssa_never_beats_the_optimum),
	    cmocka_unit_test(ip_ssa_equals_the_scan_over_b),
	    cmocka_unit_test(og_equals_all_divisions_into_runs),
	    cmocka_unit_test(og_never_beats_the_optimum),
	    cmocka_unit_test(j_dob_equals_all_divisions_into_runs),
	    cmocka_unit_test(policies_keep_their_order),
	};
	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
