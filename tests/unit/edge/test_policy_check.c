// SPDX-License-Identifier: BSD-3-Clause
// The judges themselves: plan_check refuses every plan with one number bent, snapshot_check every bad
// snapshot.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/check.h"

#define assert_close(a, b, most) assert_true(fabs((a) - (b)) <= (most))

// Two sub-tasks, three users: the first two offload at cut 0 and cut 1, the third has no coverage.
static const double work[] = {1e8, 1e9}, bits[] = {8e4, 8e3, 0}, batch_s[] = {1e-3, 1e-3, 2e-3, 3e-3};
static const double freqs[] = {0.5, 1};

struct scene {
	struct snapshot_network network;
	struct snapshot_job jobs[3];
	struct snapshot snapshot;
	struct plan *plan;
};

static void set_scene(struct scene *scene)
{
	scene->network = (struct snapshot_network){.name = "two",
						   .n_subtasks = 2,
						   .work_flop = work,
						   .cut_bits = bits,
						   .max_batch = 2,
						   .batch_s = batch_s};
	for (int m = 0; m < 3; m++)
		scene->jobs[m] = (struct snapshot_job){.rate_bps = m < 2 ? 20e6 : 0,
						       .tx_power_w = m == 0 ? 0.01 : 1,
						       .uplink_delay_s = 1e-3,
						       .downlink_s = 1e-3,
						       .device = {1e8, 20e9, 5e-31},
						       .release_s = 1e-3,
						       .deadline_s = 0.1};
	scene->snapshot = (struct snapshot){.n_jobs = 3,
					    .n_networks = 1,
					    .jobs = scene->jobs,
					    .networks = &scene->network,
					    .n_servers = 1,
					    .servers[0].free_s = 5e-3,
					    .guard_s = 1e-3,
					    .servers[0].has_power = true,
					    .servers[0].n_freq = 2,
					    .servers[0].freq = freqs,
					    .servers[0].static_w = 1,
					    .servers[0].dynamic_w = 2};
	scene->plan = plan_new(3, 2);
	struct err err = {""};
	if (policy_plan(policy_find("ip-ssa", NULL), &scene->snapshot, scene->plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(plan_check(&scene->snapshot, scene->plan, &err), 0);
	assert_int_equal(scene->plan->jobs[0].cut, 0);
	assert_int_equal(scene->plan->jobs[1].cut, 1);
	assert_int_equal(scene->plan->jobs[2].cut, 2);
	assert_int_equal(scene->plan->n_batches, 2);
}

#define BEND(name, change)                                                                                   \
	static void bend_##name(struct plan *plan)                                                           \
	{                                                                                                    \
		change;                                                                                      \
	}

BEND(n_jobs, plan->n_jobs = 2)
BEND(cut_range, plan->jobs[0].cut = 3)
BEND(cut, plan->jobs[0].cut = 1)
BEND(local_cut, plan->jobs[2].cut = 0)
BEND(freq_high, plan->jobs[1].freq_flops = 30e9)
BEND(freq_low, plan->jobs[1].freq_flops = 1e3)
BEND(freq_nan, plan->jobs[1].freq_flops = NAN)
BEND(freq_unused, plan->jobs[0].freq_flops = 1e9)
BEND(group, plan->jobs[2].group = 0)
BEND(no_group, plan->jobs[0].group = -1)
BEND(early_start, plan->jobs[1].compute_start_s = 0)
BEND(compute_end, plan->jobs[1].compute_end_s += 1e-6)
BEND(upload_end, plan->jobs[1].upload_end_s -= 1e-6)
BEND(finish, plan->jobs[1].finish_s -= 1e-6)
BEND(finish_nan, plan->jobs[2].finish_s = NAN)
BEND(compute_j, plan->jobs[1].compute_j *= 0.999)
BEND(transmit_j, plan->jobs[0].transmit_j = 0)
BEND(early_batch, plan->batches[0].start_s = 2e-3)
BEND(before_upload, plan->batches[0].start_s = plan->jobs[0].upload_end_s + 0.5e-3)
BEND(overlap, plan->batches[1].start_s = plan->batches[0].start_s + 1e-4)
BEND(order, (plan->batches[0].start_s = plan->batches[1].start_s + 1e-2))
BEND(duration, plan->batches[1].duration_s *= 0.5)
BEND(edge_freq, plan->batches[1].edge_freq = 0.5)
BEND(edge_freq_zero, plan->batches[1].edge_freq = 0)
BEND(subtask, plan->batches[1].subtask = 0)
BEND(subtask_range, plan->batches[1].subtask = 2)
BEND(network, plan->batches[0].network = 1)
BEND(batch_group, plan->batches[0].group = 4)
BEND(member_twice, plan->members[plan->batches[1].first + 1] = plan->members[plan->batches[1].first])
BEND(member_range, plan->members[0] = 3)
BEND(local_member, plan->members[0] = 2)
BEND(member_lost, plan->batches[1].n_jobs = 1)
BEND(members_range, plan->batches[1].first = 100)
BEND(batch_lost, plan->n_batches = 1)
BEND(n_batches, plan->n_batches = 1000)
BEND(shares, plan->gpu_shares = 0)
BEND(more_shares, plan->gpu_shares = 3)
BEND(infeasible, (plan->jobs[1].feasible = plan->feasible = false))
BEND(feasible, plan->feasible = false)
BEND(energy, plan->energy_j *= 1.001)
BEND(edge_energy, plan->edge_j = 0)
BEND(charged, plan->edge_charged = true)
BEND(gpu_end, plan->gpu_end_s += 1e-3)

static void each_bent_plan_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		void (*bend)(struct plan *plan);
	} cases[] = {
#define CASE(name) {#name, bend_##name}
	    CASE(n_jobs),	 CASE(cut_range),     CASE(cut),	   CASE(local_cut),
	    CASE(freq_high),	 CASE(freq_low),      CASE(freq_nan),	   CASE(freq_unused),
	    CASE(group),	 CASE(no_group),      CASE(early_start),   CASE(compute_end),
	    CASE(upload_end),	 CASE(finish),	      CASE(finish_nan),	   CASE(compute_j),
	    CASE(transmit_j),	 CASE(early_batch),   CASE(before_upload), CASE(overlap),
	    CASE(order),	 CASE(duration),      CASE(edge_freq),	   CASE(edge_freq_zero),
	    CASE(subtask),	 CASE(subtask_range), CASE(network),	   CASE(batch_group),
	    CASE(member_twice),	 CASE(member_range),  CASE(local_member),  CASE(member_lost),
	    CASE(members_range), CASE(batch_lost),    CASE(n_batches),	   CASE(shares),
	    CASE(more_shares),	 CASE(infeasible),    CASE(feasible),	   CASE(energy),
	    CASE(edge_energy),	 CASE(charged),	      CASE(gpu_end),
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene scene;
		struct err err = {""};
		set_scene(&scene);
		cases[i].bend(scene.plan);
		if (plan_check(&scene.snapshot, scene.plan, &err) != -EPROTO)
			fail_msg("%s passed the check", cases[i].name);
		assert_true(strlen(err.text) > 10);
		plan_free(scene.plan);
	}
}

static void a_late_user_must_be_said_to_be_infeasible(void **state)
{
	(void)state;
	struct scene scene;
	struct err err;
	set_scene(&scene);
	scene.jobs[2].deadline_s = 0.01;
	assert_int_equal(plan_check(&scene.snapshot, scene.plan, &err), -EPROTO);
	scene.plan->jobs[2].feasible = scene.plan->feasible = false;
	assert_int_equal(plan_check(&scene.snapshot, scene.plan, &err), -EPROTO);
	strcpy(scene.plan->jobs[2].why, "a reason");
	assert_int_equal(plan_check(&scene.snapshot, scene.plan, &err), 0);
	plan_free(scene.plan);
}

static int plan_nonsense(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			 struct err *err)
{
	(void)self;
	(void)err;
	memset(plan->jobs, 0, (size_t)snapshot->n_jobs * sizeof(*plan->jobs));
	return 0;
}

static void foreign_policies_are_always_checked(void **state)
{
	(void)state;
	struct scene scene;
	struct err err;
	set_scene(&scene);
	struct policy nonsense = {
	    .abi = POLICY_ABI, .name = "nonsense", .summary = "", .plan = plan_nonsense};
	assert_int_equal(policy_plan(&nonsense, &scene.snapshot, scene.plan, &err), -EPROTO);
	assert_non_null(strstr(err.text, "nonsense"));
	plan_free(scene.plan);
}

static void refuse(const struct snapshot *snapshot, const char *path)
{
	struct err err = {""};
	if (snapshot_check(snapshot, &err) != -EINVAL || !strstr(err.text, path))
		fail_msg("expected a refusal of %s, got '%s'", path, err.text);
}

static void each_bad_snapshot_is_refused_with_its_path(void **state)
{
	(void)state;
	struct scene scene;
	struct snapshot_job *user = &scene.jobs[2];
#define REFUSE(change, path)                                                                                 \
	set_scene(&scene);                                                                                   \
	change;                                                                                              \
	refuse(&scene.snapshot, path);                                                                       \
	plan_free(scene.plan)
	REFUSE(user->deadline_s = -1, "users[2].deadline_s is -1: must be finite and > 0");
	REFUSE(user->deadline_s = 0, "users[2].deadline_s");
	REFUSE(user->deadline_s = NAN, "users[2].deadline_s");
	REFUSE(user->rate_bps = -1, "users[2].rate_bps");
	REFUSE(user->rate_bps = INFINITY, "users[2].rate_bps");
	REFUSE(user->tx_power_w = NAN, "users[2].tx_power_w");
	REFUSE(user->uplink_delay_s = -1, "users[2].uplink_delay_s");
	REFUSE(user->downlink_s = -1, "users[2].downlink_s");
	REFUSE(user->release_s = -1, "users[2].release_s");
	REFUSE(user->upload_bits = ((const double[]){1, 1, NAN}), "users[2].upload_bits[2]");
	REFUSE(user->network = 1, "users[2].network");
	REFUSE(user->device.f_min_flops = 0, "users[2].device.f_min_flops");
	REFUSE(user->device.f_max_flops = 1e7, "users[2].device.f_max_flops");
	REFUSE(user->device.kappa = NAN, "users[2].device.kappa");
	REFUSE(scene.snapshot.servers[0].free_s = -1, "servers[0].free_s");
	REFUSE(scene.snapshot.guard_s = NAN, "guard_s");
	REFUSE(scene.snapshot.n_jobs = -1, "n_jobs");
	REFUSE(scene.snapshot.servers[0].n_freq = -1, "servers[0].n_freq");
	REFUSE(scene.snapshot.servers[0].freq = bits, "servers[0].freq[0]");
	REFUSE(scene.snapshot.servers[0].static_w = -1, "servers[0].static_w");
	REFUSE(scene.network.n_subtasks = 0, "networks[0].n_subtasks");
	REFUSE(scene.network.n_subtasks = 100000, "networks[0].n_subtasks");
	REFUSE(scene.network.max_batch = 0, "networks[0].max_batch");
	REFUSE(scene.network.batch_s = NULL, "batch_s");
	REFUSE(scene.network.batch_s = ((const double[]){1, 2, 2, 1}), "networks[0].batch_s[1][1]");
	REFUSE(scene.network.batch_s = ((const double[]){1, 2, 0, 1}), "networks[0].batch_s[1][0]");
	REFUSE(scene.network.work_flop = ((const double[]){1, NAN}), "networks[0].work_flop[1]");
	REFUSE(scene.network.cut_bits = ((const double[]){1, -1, 0}), "networks[0].cut_bits[1]");
}

static void batches_beyond_the_table_continue_its_slope(void **state)
{
	(void)state;
	struct snapshot_network two = {.n_subtasks = 2, .max_batch = 2, .batch_s = batch_s};
	struct snapshot_network one = {.n_subtasks = 2, .max_batch = 1, .batch_s = batch_s};
	assert_close(snapshot_batch_s(&two, 1, 2), 3e-3, 0);
	assert_close(snapshot_batch_s(&two, 1, 5), 6e-3, 1e-15);
	assert_close(snapshot_batch_s(&two, 0, 9), 1e-3, 0);
	assert_close(snapshot_batch_s(&one, 0, 3), 3e-3, 1e-15);
}

static void too_small_a_plan_is_refused(void **state)
{
	(void)state;
	struct scene scene;
	struct err err;
	set_scene(&scene);
	struct plan *small = plan_new(2, 2);
	assert_int_equal(policy_plan(&policies[0], &scene.snapshot, small, &err), -EINVAL);
	plan_free(small);
	plan_free(scene.plan);
}

static void an_unknown_policy_is_told_the_names(void **state)
{
	(void)state;
	struct err err;
	assert_null(policy_find("fast", &err));
	for (const struct policy *policy = policies; policy->name; policy++)
		assert_true(strchr(policy->name, ':') || strstr(err.text, policy->name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_bent_plan_is_refused),
	    cmocka_unit_test(a_late_user_must_be_said_to_be_infeasible),
	    cmocka_unit_test(foreign_policies_are_always_checked),
	    cmocka_unit_test(each_bad_snapshot_is_refused_with_its_path),
	    cmocka_unit_test(batches_beyond_the_table_continue_its_slope),
	    cmocka_unit_test(too_small_a_plan_is_refused),
	    cmocka_unit_test(an_unknown_policy_is_told_the_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
