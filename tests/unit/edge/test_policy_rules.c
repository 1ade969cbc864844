// SPDX-License-Identifier: BSD-3-Clause
// One bad plan for each rule of plan_check: refused, with the rule's sentence.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/check.h"
#include "edge/policy/predict.h"

// Two jobs of one network with an exit behind the first of its two sub-tasks, on one device; the second may
// also be served by a smaller network. A granted band of 1 MHz; a second server with two cores.
static const double work[] = {1e8, 1e9}, bits[] = {8e4, 8e3, 0}, batch_s[] = {1e-3, 1e-3, 2e-3, 3e-3};
static const int exit_at[] = {1}, variants[] = {1};
static const double exit_accuracy[] = {.6};
static const struct busy taken[] = {{.05, .06}};

struct scene {
	struct snapshot_network networks[3];
	struct snapshot_job jobs[2];
	struct snapshot snapshot;
	struct plan *plan;
};

static void decide(struct plan *plan)
{
	plan->n_jobs = 2;
	plan->gpu_shares = 1;
	plan->edge_charged = false;
	plan->n_batches = plan->n_members = 2;
	for (int m = 0; m < 2; m++)
		plan->jobs[m] = (struct plan_job){
		    .admitted = true, .cut = 2, .freq_flops = 20e9, .order = m, .group = -1};
	plan->jobs[0].cut = plan->jobs[0].group = 0;
	plan->jobs[0].freq_flops = 0;
	plan->jobs[0].hertz = 5e5;
	for (int n = 0; n < 2; n++) {
		plan->members[n] = 0;
		plan->batches[n] = (struct plan_batch){
		    .subtask = n, .n_jobs = 1, .first = n, .start_s = .03 + n * .01, .edge_freq = 1};
	}
}

static void set_scene(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < 3; i++)
		s->networks[i] = (struct snapshot_network){.n_subtasks = 2,
							   .work_flop = work,
							   .cut_bits = bits,
							   .max_batch = 2,
							   .batch_s = batch_s,
							   .n_exits = 1,
							   .exit_subtasks = exit_at,
							   .exit_accuracy = exit_accuracy,
							   .accuracy = .9};
	for (int m = 0; m < 2; m++)
		s->jobs[m] = (struct snapshot_job){.tx_power_w = .1,
						   .device = {1e8, 20e9, 5e-31},
						   .deadline_s = .2,
						   .snr = 1023, // 10 bit/s/Hz
						   .device_id = 1,
						   .least_accuracy = .8};
	s->jobs[1].n_variants = 1;
	s->jobs[1].variants = variants;
	s->snapshot = (struct snapshot){.n_jobs = 2,
					.n_networks = 3,
					.jobs = s->jobs,
					.networks = s->networks,
					.servers[0].free_s = .01,
					.servers[0].n_busy = 1,
					.servers[0].busy = taken,
					.edge_deadline_s = .15,
					.guard_s = 1e-3,
					.n_servers = 2,
					.servers[1] = {.name = "cloud", .cores = 2},
					.band_hertz = 1e6};
	s->plan = plan_new(2, 4);
	decide(s->plan);
	plan_predict(&s->snapshot, s->plan, NULL);
	struct err err = {""};
	if (snapshot_check(&s->snapshot, &err) < 0 || plan_check(&s->snapshot, s->plan, &err) < 0)
		fail_msg("%s", err.text);
}

// Bends a good plan's decisions, predicts what follows, and expects the refusal.
#define RULE(name, change, sentence)                                                                         \
	static void name(void **state)                                                                       \
	{                                                                                                    \
		(void)state;                                                                                 \
		struct scene scene;                                                                          \
		struct err err = {""};                                                                       \
		set_scene(&scene);                                                                           \
		struct plan *plan = scene.plan;                                                              \
		struct plan_job *offloader = &plan->jobs[0], *local = &plan->jobs[1];                        \
		struct plan_batch *first = &plan->batches[0], *second = &plan->batches[1];                   \
		(void)offloader, (void)local, (void)first, (void)second;                                     \
		change;                                                                                      \
		if (plan_check_decisions(&scene.snapshot, plan, &err) == 0) {                                \
			plan_predict(&scene.snapshot, plan, NULL);                                           \
			assert_int_equal(plan_check(&scene.snapshot, plan, &err), -EPROTO);                  \
		}                                                                                            \
		assert_string_equal(err.text, sentence);                                                     \
		plan_free(scene.plan);                                                                       \
	}

RULE(grants_fit_into_the_band, (scene.jobs[1].device_id = 2, offloader->hertz = 8e5, local->hertz = 3e5),
     "the grants add up to 1100000 Hz: the band has 1000000")
// Jobs of one device upload one after another: 0.8 MHz and then 1.1.
RULE(a_device_has_its_largest_grant, (offloader->hertz = 8e5, local->hertz = 1.1e6),
     "the grants add up to 1100000 Hz: the band has 1000000")
RULE(grants_are_finite, offloader->hertz = -1, "users[0].hertz is -1: must be finite and >= 0")
RULE(a_shared_band_is_not_granted, scene.snapshot.band_hertz = 0,
     "users[0].hertz is 500000: the band is not granted, so 0 is right")
RULE(who_offloads_needs_coverage, offloader->hertz = 0, "users[0] offloads without coverage")
RULE(inputs_are_there, first->start_s = .012,
     "batches[0] starts at 0.012 s, the data of users[0] is there at 0.016 s (guard 0.001 s)")
RULE(servers_exist, offloader->server = 2, "users[0].server is 2: must be 0 to 1")
RULE(batches_have_a_server, second->server = 7, "batches[1].server is 7: must be 0 to 1")
RULE(batches_are_of_one_server, offloader->server = 1,
     "batches[0] is of server 0, network 0 and group 0, its member users[0] is not")
RULE(places_differ, local->order = 0,
     "users[1].order is 0, as users[0].order on the same device: each needs a place of its own")
RULE(exits_exist, local->exit = 2, "users[1].exit is 2: its network has 1, from 1; 0 = none")
RULE(cuts_end_at_the_exit, (local->exit = 1), "users[1].cut is 2: must be 0 to 1")
RULE(who_exits_leaves, offloader->exit = 1, "batches[1] runs sub-task 1 of users[0], who leaves at exit 1")
RULE(networks_are_allowed, local->network = 2,
     "users[1].network is 2: neither its own nor one of its variants")
RULE(accuracy_is_enough, (local->exit = local->cut = 1), "users[1] gets an accuracy of 0.6: it needs 0.8")
RULE(who_is_not_admitted_has_no_group, offloader->admitted = false,
     "users[0].group is 0: who is not admitted is in none, -1")
RULE(who_is_not_admitted_is_in_no_batch, (offloader->admitted = false, offloader->group = -1),
     "batches[0] has the member users[0], who is not admitted")
RULE(devices_keep_their_range, local->freq_flops = 1e7,
     "users[1].freq_flops is 1e+07: the device runs at 1e+08 to 2e+10")
RULE(the_server_must_be_free, first->start_s = .005,
     "batches[0] starts at 0.005 s, the GPU is busy until 0.01 s")
RULE(taken_times_are_left_alone, second->start_s = .055,
     "batches[1] runs from 0.055 to 0.057 s, the GPU is busy from 0.05 to 0.06 s")
RULE(one_batch_at_a_time,
     (second->start_s = .0305, second->subtask = 0, second->first = 1, plan->members[1] = 1,
      local->cut = local->group = 0, local->freq_flops = 0, local->hertz = 5e5, scene.jobs[1].device_id = 2,
      plan->n_batches = 2),
     "batches[1] starts at 0.0305 s while batches[0] runs until 0.031 s")
RULE(every_subtask_runs, plan->n_batches = 1,
     "users[0] offloads from sub-task 0, and no batch runs its sub-task 1")
RULE(the_edge_keeps_its_deadline, second->start_s = .16,
     "users[0] offloads and finishes at 0.162 s, after the edge's deadline of 0.15 s")
RULE(only_the_edge_lowers_its_clock,
     (offloader->server = first->server = second->server = 1, first->edge_freq = .5),
     "batches[0].edge_freq is 0.5: must be above 0 and at most 1, and 1 at servers other than 0")

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(grants_fit_into_the_band),
	    cmocka_unit_test(a_device_has_its_largest_grant),
	    cmocka_unit_test(grants_are_finite),
	    cmocka_unit_test(a_shared_band_is_not_granted),
	    cmocka_unit_test(who_offloads_needs_coverage),
	    cmocka_unit_test(inputs_are_there),
	    cmocka_unit_test(servers_exist),
	    cmocka_unit_test(batches_have_a_server),
	    cmocka_unit_test(batches_are_of_one_server),
	    cmocka_unit_test(places_differ),
	    cmocka_unit_test(exits_exist),
	    cmocka_unit_test(cuts_end_at_the_exit),
	    cmocka_unit_test(who_exits_leaves),
	    cmocka_unit_test(networks_are_allowed),
	    cmocka_unit_test(accuracy_is_enough),
	    cmocka_unit_test(who_is_not_admitted_has_no_group),
	    cmocka_unit_test(who_is_not_admitted_is_in_no_batch),
	    cmocka_unit_test(devices_keep_their_range),
	    cmocka_unit_test(the_server_must_be_free),
	    cmocka_unit_test(taken_times_are_left_alone),
	    cmocka_unit_test(one_batch_at_a_time),
	    cmocka_unit_test(every_subtask_runs),
	    cmocka_unit_test(the_edge_keeps_its_deadline),
	    cmocka_unit_test(only_the_edge_lowers_its_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
