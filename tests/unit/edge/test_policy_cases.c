// SPDX-License-Identifier: BSD-3-Clause
// Small instances on which a policy once planned worse than it should, and those that show what a policy
// cannot promise, with the values that are right.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include "edge/policy/check.h"
#include "tools/plan/instance.h"

enum { MOST_USERS = 8, MOST_SUBTASKS = 8 };

static struct plan_instance *read_case(const char *name)
{
	char path[512];
	struct plan_instance *instance = NULL;
	struct err err = {""};
	snprintf(path, sizeof(path), INSTANCES "/%s.json", name);
	if (plan_instance_read(&instance, path, &err) < 0)
		fail_msg("%s", err.text);
	return instance;
}

static struct plan *plan_of(const char *policy, const struct snapshot *snapshot)
{
	struct plan *plan = plan_new(MOST_USERS, MOST_SUBTASKS);
	struct err err = {""};
	assert_non_null(plan);
	if (policy_plan(policy_find(policy, NULL), snapshot, plan, &err) < 0 ||
	    plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", policy, err.text);
	return plan;
}

static double energy_mj(const char *policy, const struct snapshot *snapshot)
{
	struct plan *plan = plan_of(policy, snapshot);
	assert_true(plan->feasible);
	double mj = plan->energy_j * 1e3;
	plan_free(plan);
	return mj;
}

static void assert_mj(double mj, double right)
{
	if (fabs(mj - right) > 1e-5 * right)
		fail_msg("%.6g mJ; right is %.6g mJ", mj, right);
}

// Two users with one deadline, of whom F(2) serves only the cheaper: the dearer one offloads alone.
static void one_of_two_equal_deadlines_stays_local(void **state)
{
	(void)state;
	struct plan_instance *instance = read_case("og-tie-inside-model");
	assert_mj(energy_mj("og", plan_instance_snapshot(instance)), 14.3208);
	plan_instance_free(instance);
}

// User 3 can be served by nothing; its deadline once ended the first group.
static void a_hopeless_user_ends_no_group(void **state)
{
	(void)state;
	struct plan_instance *instance = read_case("j-dob-hopeless-user-ends-group");
	struct snapshot with = *plan_instance_snapshot(instance), without = with;
	struct snapshot_job others[MOST_USERS];
	for (int m = 0; m < with.n_jobs; m++)
		others[m - (m > 3)] = with.jobs[m];
	without.jobs = others;
	without.n_jobs--;
	struct plan *plan = plan_of("j-dob", &with), *right = plan_of("j-dob", &without);
	assert_false(plan->jobs[3].feasible);
	assert_true(right->feasible);
	assert_int_equal(plan->n_batches, right->n_batches);
	for (int i = 0; i < plan->n_batches; i++)
		assert_true(plan->batches[i].start_s == right->batches[i].start_s);
	assert_true(fabs(plan->energy_j - plan->jobs[3].compute_j - right->energy_j) < 1e-12);
	plan_free(plan);
	plan_free(right);
	plan_instance_free(instance);
}

// Without the user whose early deadline ended the first group, that group ends later, and the GPU is not free
// in time for the last user. The same happens when that user's deadline is later.
static void og_may_cost_more_with_fewer_users_or_a_later_deadline(void **state)
{
	(void)state;
	struct plan_instance *before = read_case("og-fewer-users-before");
	struct plan_instance *after = read_case("og-fewer-users-after");
	struct snapshot later = *plan_instance_snapshot(before);
	struct snapshot_job users[3] = {later.jobs[0], later.jobs[1], later.jobs[2]};
	assert_mj(energy_mj("og", &later), 22.2838);
	assert_mj(energy_mj("og", plan_instance_snapshot(after)), 332.756);
	users[0].deadline_s = 0.19;
	later.jobs = users;
	assert_true(energy_mj("og", &later) > 300);
	plan_instance_free(before);
	plan_instance_free(after);
}

// F_1(2) is three times F_1(1): a batch of two takes longer than two alone. With F(b) <= b F(1) IP-SSA is at
// or below PS.
static void ip_ssa_may_be_above_ps_where_batching_does_not_pay(void **state)
{
	(void)state;
	struct plan_instance *instance = read_case("ip-ssa-above-ps-superlinear-F");
	struct snapshot snapshot = *plan_instance_snapshot(instance);
	assert_mj(energy_mj("ip-ssa", &snapshot), 9.37937);
	assert_mj(energy_mj("ps", &snapshot), 1.33641);
	struct snapshot_network net = snapshot.networks[0];
	double batch_s[MOST_SUBTASKS * MOST_USERS];
	for (int n = 0; n < net.n_subtasks; n++)
		for (int b = 1; b <= net.max_batch; b++)
			batch_s[n * net.max_batch + b - 1] =
			    fmin(snapshot_batch_s(&net, n, b), b * snapshot_batch_s(&net, n, 1));
	net.batch_s = batch_s;
	snapshot.networks = &net;
	assert_true(energy_mj("ip-ssa", &snapshot) <= energy_mj("ps", &snapshot) * (1 + 1e-9));
	plan_instance_free(instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_of_two_equal_deadlines_stays_local),
	    cmocka_unit_test(a_hopeless_user_ends_no_group),
	    cmocka_unit_test(og_may_cost_more_with_fewer_users_or_a_later_deadline),
	    cmocka_unit_test(ip_ssa_may_be_above_ps_where_batching_does_not_pay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
