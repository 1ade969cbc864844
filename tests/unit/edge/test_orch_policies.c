// SPDX-License-Identifier: BSD-3-Clause
// Orchestration's policies: what plan_predict says of their plans is what the response-time model says of
// their choices, and the oracle's plan is the best of all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/check.h"
#include "edge/policy/parameters.h"
#include "tests/unit/edge/orch_lab.h"
#include "tests/unit/edge/policy_random.h"

#define BITS 1e5
enum { VARIANTS = 3 };

// The same problem twice: as the model has it, and as a round's snapshot.
struct twins {
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	struct snapshot_network networks[VARIANTS];
	double batch_s[1], cloud_s[1], work[1], bits[2];
	const double *cloud_tables[VARIANTS];
	struct snapshot_job jobs[ORCH_TABLE_USERS];
	double device_s[ORCH_TABLE_USERS][VARIANTS][2];
	const double *device_tables[ORCH_TABLE_USERS][VARIANTS];
	int variants[VARIANTS - 1];
	struct snapshot snapshot;
};

static struct rng *rng;

static int open_rng(void **state)
{
	(void)state;
	rng = rng_new(test_seed(), 0, RNG_TEST, 20);
	return rng ? 0 : -1;
}

static int close_rng(void **state)
{
	(void)state;
	rng_free(rng);
	return 0;
}

// A snapshot's jobs of one network share accuracies, servers' times and the WAN.
static void draw_problem(struct twins *t, int n)
{
	orch_draw(rng, &t->p, t->users, n, VARIANTS);
	t->p.decision_s = 0;
	double wan_s = t->users[0].wan_s;
	for (int i = 0; i < n; i++) {
		struct orch_user *user = &t->users[i];
		memcpy(user->accuracy, t->users[0].accuracy, sizeof(user->accuracy));
		user->edge_s = t->users[0].edge_s;
		user->cloud_s = t->users[0].cloud_s;
		user->wan_s = wan_s;
		user->wan_back_s = t->p.wan_delay_s;
	}
	t->p.threshold = rng_below(rng, 3) ? rng_uniform(rng, .4, orch_best_accuracy(&t->p)) : 0;
}

static void make_networks(struct twins *t)
{
	t->batch_s[0] = t->users[0].edge_s;
	t->cloud_s[0] = t->users[0].cloud_s;
	t->work[0] = 1e9;
	t->bits[0] = BITS;
	t->bits[1] = 0;
	for (int v = 0; v < VARIANTS; v++) {
		t->networks[v] = (struct snapshot_network){.n_subtasks = 1,
							   .work_flop = t->work,
							   .cut_bits = t->bits,
							   .max_batch = 1,
							   .batch_s = t->batch_s,
							   .accuracy = t->users[0].accuracy[v]};
		t->cloud_tables[v] = t->cloud_s;
		if (v > 0)
			t->variants[v - 1] = v;
	}
}

static void make_job(struct twins *t, int i)
{
	const struct orch_user *user = &t->users[i];
	for (int v = 0; v < VARIANTS; v++) {
		t->device_s[i][v][0] = 0;
		t->device_s[i][v][1] = user->device_s[v];
		t->device_tables[i][v] = t->device_s[i][v];
	}
	t->jobs[i] = (struct snapshot_job){.rate_bps = BITS / user->up_s,
					   .downlink_s = user->down_s,
					   .device = {1e9, 1e10, 0},
					   .deadline_s = 10,
					   .n_variants = VARIANTS - 1,
					   .variants = t->variants,
					   .device_s = t->device_tables[i],
					   .device_free_s = user->device_free_s};
}

static void draw(struct twins *t, int n)
{
	draw_problem(t, n);
	make_networks(t);
	for (int i = 0; i < n; i++)
		make_job(t, i);
	t->snapshot = (struct snapshot){
	    .n_jobs = n, .n_networks = VARIANTS, .jobs = t->jobs, .networks = t->networks, .n_servers = 1};
	t->snapshot.servers[0] =
	    (struct snapshot_server){.cores = t->p.edge.cores, .core_free_s = t->p.edge.free_s};
	if (t->p.cloud.cores == 0)
		return;
	t->snapshot.n_servers = 2;
	t->snapshot.servers[1] =
	    (struct snapshot_server){.batch_s = t->cloud_tables,
				     .cores = t->p.cloud.cores,
				     .core_free_s = t->p.cloud.free_s,
				     .wan_delay_s = t->p.wan_delay_s,
				     .wan_bps = t->users[0].wan_s > 0 ? BITS / t->users[0].wan_s : 0};
}

// The mean of the predicted finish times; the plan is checked and released.
static double planned_s(const struct twins *t, const char *name)
{
	char spelled[POLICY_NAME_SIZE];
	struct policy policy;
	struct err err = {""};
	double sum_s = 0;
	struct plan *plan = plan_new(ORCH_TABLE_USERS, 1);
	int rc = parameters_choose(name, &policy, spelled, &err);
	if (policy.parameters)
		policy.value[0] = t->p.threshold;
	rc = rc < 0 ? rc : policy_plan(&policy, &t->snapshot, plan, &err);
	rc = rc < 0 ? rc : plan_check(&t->snapshot, plan, &err);
	if (rc < 0)
		fail_msg("%s: %s", name, err.text);
	for (int i = 0; i < t->p.n_users; i++)
		sum_s += plan->jobs[i].finish_s;
	plan_free(plan);
	return sum_s / t->p.n_users;
}

static void the_oracle_plans_the_best_of_all_choices(void **state)
{
	(void)state;
	for (int k = 0; k < 600; k++) {
		static struct twins t;
		draw(&t, 1 + (int)rng_below(rng, 3));
		assert_near(planned_s(&t, "orch-oracle"), orch_brute_force_s(&t.p, true), 1e-12);
		if (isfinite(orch_brute_force_s(&t.p, false)))
			assert_near(planned_s(&t, "orch-oracle:no-selection"),
				    orch_brute_force_s(&t.p, false), 1e-12);
	}
}

static void fixed_strategies_are_planned_as_the_model_has_them(void **state)
{
	(void)state;
	static const char *const names[] = {"orch-device-only", "orch-edge-only", "orch-cloud-only"};
	for (int k = 0; k < 3000; k++) {
		static struct twins t;
		draw(&t, 1 + (int)rng_below(rng, ORCH_TABLE_USERS));
		for (int s = 0; s < 3; s++) {
			int action[ORCH_TABLE_USERS];
			double response_s[ORCH_TABLE_USERS], sum_s = 0;
			for (int i = 0; i < t.p.n_users; i++)
				action[i] = s == 0			    ? 0
					    : s == 2 && t.p.cloud.cores > 0 ? ORCH_CLOUD
									    : ORCH_EDGE;
			orch_reference(&t.p, action, response_s);
			for (int i = 0; i < t.p.n_users; i++)
				sum_s += response_s[i];
			assert_near(planned_s(&t, names[s]), sum_s / t.p.n_users, 1e-12);
		}
	}
}

static void a_plan_keeps_the_threshold(void **state)
{
	(void)state;
	for (int k = 0; k < 500; k++) {
		static struct twins t;
		struct err err = {""};
		char name[POLICY_NAME_SIZE];
		struct policy policy;
		double sum = 0;
		draw(&t, 1 + (int)rng_below(rng, ORCH_TABLE_USERS));
		struct plan *plan = plan_new(ORCH_TABLE_USERS, 1);
		assert_int_equal(parameters_choose("orch-oracle", &policy, name, &err), 0);
		policy.value[0] = t.p.threshold;
		assert_int_equal(policy_plan(&policy, &t.snapshot, plan, &err), 0);
		for (int i = 0; i < t.p.n_users; i++)
			sum += plan->jobs[i].accuracy;
		assert_true(sum >= t.p.n_users * (t.p.threshold - ORCH_ACCURACY_SLACK));
		plan_free(plan);
	}
}

static void refuse(struct twins *t, double threshold, const char *sentence)
{
	struct err err = {""};
	char name[POLICY_NAME_SIZE];
	struct policy policy;
	struct plan *plan = plan_new(ORCH_TABLE_USERS, 1);
	assert_int_equal(parameters_choose("orch-oracle", &policy, name, &err), 0);
	policy.value[0] = threshold;
	assert_int_equal(policy_plan(&policy, &t->snapshot, plan, &err), -EINVAL);
	if (!strstr(err.text, sentence))
		fail_msg("'%s' does not say '%s'", err.text, sentence);
	plan_free(plan);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	static struct twins t;
	draw(&t, 2);
	refuse(&t, 1, "threshold is 1: no choice meets it");
	t.networks[2].accuracy = 0;
	refuse(&t, .4, "threshold is 0.4, and the accuracy of networks[2] is not told");
	draw(&t, 2);
	t.jobs[0].device_id = t.jobs[1].device_id = 3;
	refuse(&t, 0, "users[0] and users[1] share a device");
	draw(&t, 2);
	t.jobs[1].device_free_s = -1;
	refuse(&t, 0, "users[1].device_free_s is -1: must be finite and >= 0");
	draw(&t, 2);
	const double core_free_s[] = {0, 0, NAN};
	t.snapshot.servers[0].cores = 3;
	t.snapshot.servers[0].core_free_s = core_free_s;
	refuse(&t, 0, "servers[0].core_free_s[2] is nan: must be finite and >= 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_oracle_plans_the_best_of_all_choices),
	    cmocka_unit_test(fixed_strategies_are_planned_as_the_model_has_them),
	    cmocka_unit_test(a_plan_keeps_the_threshold),
	    cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, open_rng, close_rng);
}
