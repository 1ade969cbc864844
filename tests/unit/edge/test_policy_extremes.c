// SPDX-License-Identifier: BSD-3-Clause
// Every policy where the model's borders are: nobody, one, a thousand users; deadlines nothing can meet; a
// busy GPU.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"

#define assert_close(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static struct instance *draw(uint64_t index, struct instance_shape shape)
{
	struct rng *rng = rng_new(11, 0, RNG_TEST, index);
	struct instance *instance = instance_new(rng, &shape);
	assert_non_null(instance);
	rng_free(rng);
	return instance;
}

static struct plan *plan_with(const struct policy *policy, const struct snapshot *snapshot)
{
	struct plan *plan = plan_new(snapshot->n_jobs, 16);
	struct err err = {""};
	assert_non_null(plan);
	if (policy_plan(policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", policy->name, err.text);
	return plan;
}

static void all_stay_local(const struct snapshot *snapshot, bool eo_too)
{
	for (const struct policy *policy = policies; policy->name; policy++) {
		if (!policy_minimises_energy(policy) || (!eo_too && strcmp(policy->name, "eo") == 0))
			continue;
		struct plan *plan = plan_with(policy, snapshot);
		assert_int_equal(plan->n_batches, 0);
		assert_close(plan->gpu_end_s, snapshot->servers[0].free_s, 0);
		plan_free(plan);
	}
}

static const struct instance_shape ten = {
    .jobs = 10, .networks = 1, .subtasks = 5, .growth = GROWTH_AFFINE, .plain = true, .edge_power = true};

static void nobody(void **state)
{
	(void)state;
	struct instance *instance = draw(1, ten);
	instance->snapshot.n_jobs = 0;
	all_stay_local(&instance->snapshot, true);
	instance->snapshot.n_networks = 0;
	all_stay_local(&instance->snapshot, true);
	instance_free(instance);
}

static void without_coverage_all_stay_local(void **state)
{
	(void)state;
	struct instance *instance = draw(2, ten);
	for (int m = 0; m < 10; m++)
		instance->jobs[m].rate_bps = 0;
	all_stay_local(&instance->snapshot, true);
	instance_free(instance);
}

static void with_the_gpu_busy_past_all_deadlines_all_stay_local(void **state)
{
	(void)state;
	struct instance *instance = draw(3, ten);
	instance->snapshot.servers[0].free_s = 100;
	all_stay_local(&instance->snapshot, false);
	instance_free(instance);
}

static void below_every_upload_all_stay_local(void **state)
{
	(void)state;
	struct instance *instance = draw(4, ten);
	for (int m = 0; m < 10; m++)
		instance->jobs[m].rate_bps = 1;
	all_stay_local(&instance->snapshot, false);
	instance_free(instance);
}

// Devices too slow and no coverage: everyone runs at f_max, with the reason in figures.
static void the_hopeless_run_as_fast_as_they_can(void **state)
{
	(void)state;
	struct instance *instance = draw(5, ten);
	for (int m = 0; m < 10; m++) {
		instance->jobs[m].rate_bps = 0;
		instance->jobs[m].device.f_min_flops = 1e6;
		instance->jobs[m].device.f_max_flops = 1e9;
	}
	for (const struct policy *policy = policies; policy->name; policy++) {
		if (!policy_minimises_energy(policy))
			continue;
		struct plan *plan = plan_with(policy, &instance->snapshot);
		assert_false(plan->feasible);
		for (int m = 0; m < 10; m++) {
			assert_close(plan->jobs[m].freq_flops, 1e9, 0);
			assert_non_null(strstr(plan->jobs[m].why, "GFLOP/s, the device has 1"));
		}
		plan_free(plan);
	}
	instance_free(instance);
}

// One user nobody can serve must not keep the others from the edge.
static void a_hopeless_user_does_not_spoil_the_rest(void **state)
{
	(void)state;
	struct instance *instance = draw(6, ten);
	for (int m = 0; m < 10; m++)
		instance->jobs[m].deadline_s = 0.2;
	struct snapshot without = instance->snapshot;
	without.n_jobs = 9;
	instance->jobs[9].deadline_s = 1e-4;
	static const char *const names[] = {"ip-ssa", "ip-ssa:keep-best", "ip-ssa-np", "og", "j-dob"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct policy *policy = policy_find(names[i], NULL);
		struct plan *nine = plan_with(policy, &without),
			    *plan = plan_with(policy, &instance->snapshot);
		assert_true(nine->feasible && nine->n_batches > 0 && !plan->jobs[9].feasible);
		for (int m = 0; m < 9; m++) {
			assert_true(plan->jobs[m].feasible);
			assert_int_equal(plan->jobs[m].cut, nine->jobs[m].cut);
			assert_close(plan->jobs[m].compute_j, nine->jobs[m].compute_j, 0);
		}
		plan_free(nine);
		plan_free(plan);
	}
	instance_free(instance);
}

static void one_user_with_one_subtask(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 200; i++) {
		struct instance *instance = draw(
		    100 + i,
		    (struct instance_shape){.jobs = 1, .networks = 1, .subtasks = 1, .edge_power = true});
		double np = -1;
		for (const struct policy *policy = policies; policy->name; policy++) {
			struct plan *plan = plan_with(policy, &instance->snapshot);
			// With one user and one sub-task there is nothing to partition, group or batch.
			bool same = strncmp(policy->name, "ip-ssa", 6) == 0 ||
				    strcmp(policy->name, "og") == 0 || strcmp(policy->name, "fifo") == 0 ||
				    strcmp(policy->name, "ps") == 0;
			if (same && np >= 0)
				assert_close(plan->energy_j, np, 1e-12 * np);
			if (same)
				np = plan->energy_j;
			plan_free(plan);
		}
		instance_free(instance);
	}
}

// Sub-tasks without multiply-accumulates, such as a pooling in front: a device that runs nothing else needs
// neither time nor a frequency, and still uploads what they leave.
static void subtasks_may_have_no_work(void **state)
{
	(void)state;
	int cut_behind_none = 0;
	for (unsigned none = 1; none < 1U << 5; none++) { // bit n: sub-task n has no work
		struct instance *instance = draw(200 + none, ten);
		double work[5];
		for (int n = 0; n < 5; n++)
			work[n] = none >> n & 1 ? 0 : instance->networks[0].work_flop[n];
		instance->networks[0].work_flop = work;
		for (const struct policy *policy = policies; policy->name; policy++) {
			if (!policy_minimises_energy(policy))
				continue;
			struct plan *plan = plan_with(policy, &instance->snapshot);
			for (int m = 0; m < 10; m++) {
				const struct plan_job *u = &plan->jobs[m];
				double head_flop = 0;
				for (int n = 0; n < u->cut; n++)
					head_flop += work[n];
				assert_true((u->freq_flops == 0) == (head_flop == 0));
				cut_behind_none += u->cut > 0 && u->cut < 5 && head_flop == 0;
			}
			plan_free(plan);
		}
		instance_free(instance);
	}
	assert_true(cut_behind_none > 0);
}

static void a_thousand_users(void **state)
{
	(void)state;
	struct instance *instance = draw(
	    7, (struct instance_shape){
		   .jobs = 1000, .networks = 1, .subtasks = 6, .growth = GROWTH_AFFINE, .edge_power = true});
	for (const struct policy *policy = policies; policy->name; policy++) {
		bool cubic = strcmp(policy->name, "og") == 0 || strncmp(policy->name, "j-dob", 5) == 0;
		instance->snapshot.n_jobs = cubic ? 200 : 1000;
		plan_free(plan_with(policy, &instance->snapshot));
	}
	instance_free(instance);
}

// Constant F and light uploads: a thousand users with one deadline share one batch per sub-task.
static void a_thousand_share_one_batch(void **state)
{
	(void)state;
	struct instance *instance = draw(8, (struct instance_shape){.jobs = 1000,
								    .networks = 1,
								    .subtasks = 3,
								    .equal_deadlines = true,
								    .plain = true,
								    .max_batch = 1000});
	for (int m = 0; m < 1000; m++) {
		instance->jobs[m].rate_bps = 1e12;
		instance->jobs[m].tx_power_w = 1e-9;
	}
	struct plan *plan = plan_with(policy_find("ip-ssa", NULL), &instance->snapshot);
	assert_int_equal(plan->n_batches, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(plan->batches[i].n_jobs, 1000);
	plan_free(plan);
	instance_free(instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(without_coverage_all_stay_local),
	    cmocka_unit_test(with_the_gpu_busy_past_all_deadlines_all_stay_local),
	    cmocka_unit_test(below_every_upload_all_stay_local),
	    cmocka_unit_test(the_hopeless_run_as_fast_as_they_can),
	    cmocka_unit_test(a_hopeless_user_does_not_spoil_the_rest),
	    cmocka_unit_test(one_user_with_one_subtask),
	    cmocka_unit_test(subtasks_may_have_no_work),
	    cmocka_unit_test(a_thousand_users),
	    cmocka_unit_test(a_thousand_share_one_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
