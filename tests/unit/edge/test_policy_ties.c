// SPDX-License-Identifier: BSD-3-Clause
// Equal deadlines, the order of users and users whom nothing can serve: OG against all divisions into runs,
// and what must not change a plan.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"
#include "tests/unit/edge/policy_reference.h"

enum { MOST_USERS = 8, MOST_SUBTASKS = 8 };

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
	f->rng = rng_new(test_seed(), 0, RNG_TEST, 5);
	f->plan = plan_new(MOST_USERS, MOST_SUBTASKS);
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

static struct cost cost_of(struct fixture *f, const struct policy *policy, const struct snapshot *snapshot)
{
	struct err err = {""};
	if (policy_plan(policy, snapshot, f->plan, &err) < 0 || plan_check(snapshot, f->plan, &err) < 0)
		fail_msg("%s: %s", policy->name, err.text);
	struct cost cost = {0, f->plan->energy_j};
	for (int m = 0; m < snapshot->n_jobs; m++)
		cost.late += !f->plan->jobs[m].feasible;
	return cost;
}

static bool same_j(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fabs(b);
}

static void assert_same(struct cost cost, struct cost reference, const struct instance *instance,
			const char *what)
{
	if (cost.late == reference.late && same_j(cost.j, reference.j))
		return;
	instance_print(instance);
	fail_msg("%s: %d late, %.12g J; right are %d late, %.12g J", what, cost.late, cost.j, reference.late,
		 reference.j);
}

static int below(struct fixture *f, int n)
{
	return (int)rng_below(f->rng, (uint64_t)n);
}

// Deadlines from a few values; one user in six is slow, so that some can be served by the edge alone and some
// by nobody; one in ten is out of coverage.
static struct instance *draw(struct fixture *f, int most_users, int most_subtasks, int networks)
{
	struct instance_shape shape = {.jobs = 1 + below(f, most_users),
				       .networks = networks,
				       .subtasks = 1 + below(f, most_subtasks),
				       .growth = (enum batch_growth)below(f, 3),
				       .plain = true,
				       .edge_power = true};
	struct instance *instance = instance_new(f->rng, &shape);
	assert_non_null(instance);
	double deadline_s[3];
	int values = 1 + below(f, 3);
	for (int i = 0; i < values; i++)
		deadline_s[i] = rng_uniform(f->rng, 0.02, 0.3);
	if (below(f, 3) == 0)
		instance->snapshot.servers[0].free_s = rng_uniform(f->rng, 0, 0.1);
	for (int m = 0; m < shape.jobs; m++) {
		struct snapshot_job *user = &instance->jobs[m];
		if (below(f, 6) > 0)
			user->deadline_s = deadline_s[below(f, values)];
		user->rate_bps *= below(f, 10) > 0;
		if (below(f, 6) == 0)
			user->device.f_min_flops = user->device.f_max_flops = rng_uniform(f->rng, 1e9, 8e9);
	}
	return instance;
}

static const struct policy *named(const char *name)
{
	return policy_find(name, NULL);
}

static int n_groups(const struct plan *plan)
{
	int most = -1;
	for (int m = 0; m < plan->n_jobs; m++)
		most = plan->jobs[m].group > most ? plan->jobs[m].group : most;
	return most + 1;
}

static void og_equals_all_divisions_into_runs(void **state)
{
	struct fixture *f = *state;
	int grouped = 0;
	for (int i = 0; i < 10000; i++) {
		struct instance *instance = draw(f, 5, 3, 1);
		const struct snapshot *s = &instance->snapshot;
		assert_same(cost_of(f, named("og"), s), reference_grouping(s, reference_ip_ssa, true),
			    instance, "og");
		grouped += n_groups(f->plan) > 1;
		instance_free(instance);
	}
	printf("og equals the best of all divisions into runs, 10000 cases, %d of them with two groups or "
	       "more\n",
	       grouped);
	assert_true(grouped > 1000);
}

// J-DOB takes equal deadlines in one order, so that it may stay above the best of all orders.
static void j_dob_stays_close_to_all_divisions_into_runs(void **state)
{
	struct fixture *f = *state;
	enum { CASES = 3000 };
	int above = 0;
	for (int i = 0; i < CASES; i++) {
		struct instance *instance = draw(f, 5, 3, 1);
		const struct snapshot *s = &instance->snapshot;
		struct cost cost = cost_of(f, named("j-dob"), s);
		struct cost best = reference_grouping(s, reference_j_dob, true);
		assert_true(cost.late > best.late ||
			    (cost.late == best.late && cost.j >= best.j * (1 - 1e-9)));
		above += cost.late > best.late || !same_j(cost.j, best.j);
		instance_free(instance);
	}
	printf("j-dob is above the best of all divisions into runs in %d of %d\n", above, CASES);
	assert_true(above <= CASES / 200);
}

// Any users may stay local behind a group with their deadline, so OG keeps the best as keep-best does.
static void with_one_deadline_og_is_no_worse_than_keep_best(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 4000; i++) {
		struct instance *instance = draw(f, MOST_USERS, MOST_SUBTASKS, 1 + i % 2);
		const struct snapshot *s = &instance->snapshot;
		for (int m = 0; m < s->n_jobs; m++)
			instance->jobs[m].deadline_s = instance->jobs[0].deadline_s;
		struct cost og = cost_of(f, named("og"), s), keep = cost_of(f, named("ip-ssa:keep-best"), s);
		struct cost all = cost_of(f, named("ip-ssa"), s);
		struct cost best = cost_less(all, keep) ? all : keep;
		if (s->n_networks == 1)
			assert_same(og, keep, instance, "og with one deadline");
		assert_true(og.late < best.late || (og.late == best.late && og.j <= best.j * (1 + 1e-9)));
		instance_free(instance);
	}
}

static struct plan *plan_or_fail(const struct policy *policy, const struct snapshot *snapshot)
{
	struct plan *plan = plan_new(MOST_USERS + 1, MOST_SUBTASKS);
	struct err err = {""};
	assert_non_null(plan);
	if (policy_plan(policy, snapshot, plan, &err) < 0)
		fail_msg("%s: %s", policy->name, err.text);
	return plan;
}

// User m of one plan and user k of the other do the same.
static void assert_same_user(const struct policy *policy, const struct instance *instance,
			     const struct plan_job *u, const struct plan_job *v)
{
	if (u->feasible == v->feasible && u->cut == v->cut && u->freq_flops == v->freq_flops &&
	    u->compute_j == v->compute_j && u->transmit_j == v->transmit_j && u->finish_s == v->finish_s)
		return;
	instance_print(instance);
	fail_msg("%s: cut %d at %g for %g J becomes cut %d at %g for %g J", policy->name, u->cut,
		 u->freq_flops, u->compute_j + u->transmit_j, v->cut, v->freq_flops,
		 v->compute_j + v->transmit_j);
}

static bool can_plan(const struct policy *policy, const struct snapshot *snapshot)
{
	return plans_networks(policy, snapshot->n_networks);
}

// Some users are like another but for a lowest frequency that often does not matter: they gain as much.
static void make_alike(struct fixture *f, struct instance *instance)
{
	for (int m = 1; m < instance->snapshot.n_jobs; m++)
		if (below(f, 3) == 0) {
			instance->jobs[m] = instance->jobs[below(f, m)];
			instance->jobs[m].device.f_min_flops *= rng_uniform(f->rng, 0.5, 1);
		}
}

// The users in another order: every user's part of every plan stays bit for bit what it was.
static void permuting_users_changes_nothing(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3000; i++) {
		struct instance *instance = draw(f, MOST_USERS, 5, 1 + (i % 4 == 0));
		struct snapshot other = instance->snapshot;
		make_alike(f, instance);
		struct snapshot_job users[MOST_USERS];
		int from[MOST_USERS];
		for (int m = 0; m < other.n_jobs; m++)
			from[m] = m;
		for (int m = other.n_jobs - 1; m > 0; m--) {
			int k = below(f, m + 1), was = from[m];
			from[m] = from[k];
			from[k] = was;
		}
		for (int m = 0; m < other.n_jobs; m++)
			users[m] = instance->jobs[from[m]];
		other.jobs = users;
		for (const struct policy *policy = policies; policy->name; policy++) {
			if (!can_plan(policy, &other))
				continue;
			struct plan *plan = plan_or_fail(policy, &instance->snapshot);
			struct plan *permuted = plan_or_fail(policy, &other);
			for (int m = 0; m < other.n_jobs; m++)
				assert_same_user(policy, instance, &plan->jobs[from[m]], &permuted->jobs[m]);
			plan_free(plan);
			plan_free(permuted);
		}
		instance_free(instance);
	}
}

// A user out of coverage whose device is too slow, with a deadline of its own or one of the others'.
static struct snapshot_job draw_hopeless(struct fixture *f, const struct instance *instance)
{
	int n = instance->snapshot.n_jobs;
	struct snapshot_job user = instance->jobs[below(f, n)];
	user.device.f_min_flops = user.device.f_max_flops = 1e6;
	user.rate_bps = below(f, 2) ? 0 : 1e-3;
	if (below(f, 3) == 0)
		user.deadline_s = rng_uniform(f->rng, 0.001, 0.3);
	return user;
}

// Except where everybody counts by definition: PS shares the GPU among all, EO serves all in turn.
static void a_hopeless_user_changes_nothing_for_the_others(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 3000; i++) {
		struct instance *instance = draw(f, MOST_USERS, 5, 1 + (i % 4 == 0));
		struct snapshot with = instance->snapshot;
		struct snapshot_job users[MOST_USERS + 1];
		int at = below(f, with.n_jobs + 1);
		for (int m = 0; m < with.n_jobs; m++)
			users[m + (m >= at)] = instance->jobs[m];
		users[at] = draw_hopeless(f, instance);
		with.jobs = users;
		with.n_jobs++;
		for (const struct policy *policy = policies; policy->name; policy++) {
			if (!policy_minimises_energy(policy) || !can_plan(policy, &with) ||
			    strcmp(policy->name, "ps") == 0 || strcmp(policy->name, "eo") == 0)
				continue;
			struct plan *plan = plan_or_fail(policy, &instance->snapshot);
			struct plan *more = plan_or_fail(policy, &with);
			if (more->n_batches != plan->n_batches)
				fail_msg("%s: %d batches become %d", policy->name, plan->n_batches,
					 more->n_batches);
			assert_false(more->jobs[at].feasible);
			for (int m = 0; m < plan->n_jobs; m++)
				assert_same_user(policy, instance, &plan->jobs[m],
						 &more->jobs[m + (m >= at)]);
			plan_free(plan);
			plan_free(more);
		}
		instance_free(instance);
	}
}

static double raw_run_s(const struct snapshot_network *net)
{
	double s = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		s += snapshot_batch_s(net, n, 1);
	return s;
}

// A policy that only offloads the input cannot serve everyone whom a later cut could.
static void a_user_beyond_a_policys_cuts_is_hopeless_to_it(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"ip-ssa-np", "j-dob:binary"};
	int beyond = 0;
	for (int i = 0; i < 3000; i++) {
		struct instance *instance = draw(f, MOST_USERS, 5, 1);
		struct snapshot with = instance->snapshot;
		if (with.n_jobs < 2) {
			instance_free(instance);
			continue;
		}
		struct snapshot_job *last = &instance->jobs[with.n_jobs - 1];
		last->device.f_max_flops = last->device.f_min_flops = rng_uniform(f->rng, 1e9, 8e9);
		last->deadline_s = rng_uniform(f->rng, 0.02, 0.1);
		instance->snapshot.n_jobs--;
		struct cost raw =
		    reference_offload(&with, with.n_jobs - 1, 0,
				      reference_end_s(&with, with.n_jobs - 1) - raw_run_s(&with.networks[0]));
		if (reference_local(&with, with.n_jobs - 1).late && raw.late)
			for (int k = 0; k < 2; k++) {
				struct plan *plan = plan_or_fail(named(names[k]), &instance->snapshot);
				struct plan *more = plan_or_fail(named(names[k]), &with);
				for (int m = 0; m < plan->n_jobs; m++)
					assert_same_user(named(names[k]), instance, &plan->jobs[m],
							 &more->jobs[m]);
				beyond += cost_of(f, named("ip-ssa"), &with).late ==
					  cost_of(f, named("ip-ssa"), &instance->snapshot).late;
				plan_free(plan);
				plan_free(more);
			}
		instance_free(instance);
	}
	assert_true(beyond > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(og_equals_all_divisions_into_runs),
	    cmocka_unit_test(j_dob_stays_close_to_all_divisions_into_runs),
	    cmocka_unit_test(with_one_deadline_og_is_no_worse_than_keep_best),
	    cmocka_unit_test(permuting_users_changes_nothing),
	    cmocka_unit_test(a_hopeless_user_changes_nothing_for_the_others),
	    cmocka_unit_test(a_user_beyond_a_policys_cuts_is_hopeless_to_it),
	};
	return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
