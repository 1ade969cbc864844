// SPDX-License-Identifier: BSD-3-Clause
// Devices that share band and batches: against brute force, a lower bound, and every device by itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/builtin.h"
#include "edge/policy/check.h"
#include "edge/policy/pipeline/serve.h"
#include "tests/unit/edge/joint_lab.h"
#include "tests/unit/edge/policy_random.h"

static void split(struct joint_lab *lab)
{
	struct err err = {""};
	double sum_hz = 0;
	if (band_split(&lab->snapshot, lab->devices, lab->n, lab->band_hz, &err) < 0)
		fail_msg("%s", err.text);
	for (int k = 0; k < lab->n; k++) {
		assert_true(lab->devices[k].hertz >= 0);
		sum_hz += lab->devices[k].hertz;
	}
	assert_true(sum_hz <= lab->band_hz * (1 + 1e-9));
}

static double equal_end_s(struct joint_lab *lab)
{
	struct err err = {""};
	if (band_equal(&lab->snapshot, lab->devices, lab->n, lab->band_hz, &err) < 0)
		fail_msg("%s", err.text);
	return joint_lab_end_s(lab);
}

// Between the bound and every device by itself over an equal band.
static void a_split_lies_between_bound_and_equal_bands(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 51);
	static struct joint_lab lab;
	double over_bound = 0, over_equal = 0;
	enum { DRAWS = 60 };
	for (int i = 0; i < DRAWS; i++) {
		joint_lab_draw(&lab, rng, 1 + (int)rng_below(rng, 8), 2 + (int)rng_below(rng, 10), 60);
		double equal_s = equal_end_s(&lab);
		split(&lab);
		double end_s = joint_lab_end_s(&lab), bound_s = joint_lab_bound_s(&lab);
		assert_true(end_s <= equal_s * (1 + 1e-9));
		assert_true(end_s >= bound_s * (1 - 1e-6));
		over_bound += end_s / bound_s / DRAWS;
		over_equal += end_s / equal_s / DRAWS;
		joint_lab_free(&lab);
	}
	print_message("split over bound %.4f, over equal bands %.4f (means)\n", over_bound, over_equal);
	assert_true(over_bound < 1.03);
	assert_true(over_equal < .95);
	rng_free(rng);
}

// All cuts, orders and splits in steps of two devices with one or two jobs.
static void a_split_is_near_the_best_of_all(void **state)
{
	(void)state;
	enum { DRAWS = 80, STEPS = 300 };
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 52);
	static struct joint_lab lab;
	double mean = 0;
	for (int i = 0; i < DRAWS; i++) {
		joint_lab_draw(&lab, rng, 2, 4, 2);
		double best_s = INFINITY;
		for (int step = 0; step <= STEPS; step++) {
			double hertz = lab.band_hz * step / STEPS;
			best_s = fmin(best_s, fmax(joint_lab_best_s(&lab, 0, hertz),
						   joint_lab_best_s(&lab, 1, lab.band_hz - hertz)));
		}
		split(&lab);
		double end_s = joint_lab_end_s(&lab);
		assert_true(end_s >= best_s * (1 - 5. / STEPS));
		assert_true(end_s <= best_s * 1.15);
		mean += end_s / best_s / DRAWS;
		joint_lab_free(&lab);
	}
	print_message("split over the best of all: %.4f (mean)\n", mean);
	assert_true(mean < 1.02);
	rng_free(rng);
}

// Jobs that come at given instants, all planned to be sent at once over a link of their own.
struct served {
	struct instance *instance;
	struct plan *plan;
};

static struct served draw_served(struct rng *rng, int jobs, int networks, struct busy busy[4])
{
	struct served s;
	s.instance = instance_new(
	    rng, &(struct instance_shape){
		     .jobs = jobs, .networks = networks, .subtasks = 4, .growth = GROWTH_AFFINE});
	if (busy)
		instance_draw_busy(rng, s.instance, busy, 4);
	s.plan = plan_new(jobs, 4);
	return s;
}

// Everybody is sent; cuts at random.
static int send_all(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		    struct err *err)
{
	for (int m = 0; m < snapshot->n_jobs; m++) {
		const struct snapshot_network *net = &snapshot->networks[snapshot->jobs[m].network];
		bool can_send = snapshot->jobs[m].rate_bps > 0;
		plan->jobs[m].cut =
		    can_send ? (int)snapshot->jobs[m].rate_bps % net->n_subtasks : net->n_subtasks;
		double work = 0;
		for (int l = 0; l < plan->jobs[m].cut; l++)
			work += net->work_flop[l];
		plan->jobs[m].freq_flops = work > 0 ? snapshot->jobs[m].device.f_max_flops : 0;
		plan->jobs[m].group = can_send ? 0 : -1;
	}
	return self->value[0] > 0 ? serve_in_groups(snapshot, plan, err)
				  : serve_one_by_one(snapshot, plan, err);
}

static double served_end_s(struct served *s, bool groups)
{
	const struct policy policy = {POLICY_ABI, "send-all", "", send_all, NULL, {groups}};
	struct err err = {""};
	if (policy_plan(&policy, &s->instance->snapshot, s->plan, &err) < 0 ||
	    plan_check(&s->instance->snapshot, s->plan, &err) < 0)
		fail_msg("%s", err.text);
	return s->plan->gpu_end_s;
}

// Whether from_s .. from_s + run_s is free; else the end of what is in the way.
static double first_free_s(const struct snapshot_server *edge, double from_s, double run_s)
{
	from_s = fmax(from_s, edge->free_s);
	for (int i = 0; i < edge->n_busy; i++)
		if (from_s + run_s > edge->busy[i].start_s && from_s < edge->busy[i].end_s)
			from_s = edge->busy[i].end_s;
	return from_s;
}

static double run_group(const struct snapshot *snapshot, const struct plan *plan, const int order[], int from,
			int to, double free_s)
{
	const struct snapshot_network *net = &snapshot->networks[plan->jobs[order[from]].network];
	for (int l = 0; l < net->n_subtasks; l++) {
		int members = 0;
		double start_s = free_s;
		for (int i = from; i < to; i++) {
			const struct plan_job *job = &plan->jobs[order[i]];
			members += job->cut <= l;
			if (job->cut == l)
				start_s = fmax(start_s, job->upload_end_s + snapshot->guard_s);
		}
		double run_s = members > 0 ? snapshot_batch_s(net, l, members) : 0;
		if (members > 0)
			free_s = first_free_s(&snapshot->servers[0], start_s, run_s) + run_s;
	}
	return free_s;
}

// All ways to part the order.
static double best_parting_s(const struct snapshot *snapshot, const struct plan *plan, const int order[],
			     int n)
{
	double best_s = INFINITY;
	for (unsigned ends = 0; ends < 1U << (n - 1); ends++) {
		double free_s = 0;
		bool allowed = true;
		for (int from = 0, i = 0; i < n && allowed; i++) {
			allowed = plan->jobs[order[i]].network == plan->jobs[order[from]].network &&
				  i - from < snapshot->networks[plan->jobs[order[from]].network].max_batch;
			if (i < n - 1 && !(ends >> i & 1))
				continue;
			free_s = allowed ? run_group(snapshot, plan, order, from, i + 1, free_s) : INFINITY;
			from = i + 1;
		}
		best_s = allowed ? fmin(best_s, free_s) : best_s;
	}
	return best_s;
}

static const struct plan *arrivals_of;
static int by_arrival(const void *a, const void *b)
{
	double x = arrivals_of->jobs[*(const int *)a].upload_end_s,
	       y = arrivals_of->jobs[*(const int *)b].upload_end_s;
	return (x > y) - (x < y);
}

static void groups_are_the_best_of_all_partings(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 53);
	int shorter = 0;
	for (int i = 0; i < 300; i++) {
		struct busy busy[4];
		int n = 1 + (int)rng_below(rng, 7), order[8];
		struct served s = draw_served(rng, n, 1 + i % 2, i % 3 == 0 ? busy : NULL);
		double single_s = served_end_s(&s, false), end_s = served_end_s(&s, true);
		assert_true(end_s <= single_s * (1 + 1e-9));
		shorter += end_s < single_s * (1 - 1e-9);
		int sent = 0;
		for (int m = 0; m < n; m++)
			if (s.plan->jobs[m].group >= 0)
				order[sent++] = m;
		arrivals_of = s.plan;
		qsort(order, (size_t)sent, sizeof(*order), by_arrival);
		double best_s = sent > 0 ? best_parting_s(&s.instance->snapshot, s.plan, order, sent)
					 : s.instance->snapshot.servers[0].free_s;
		assert_true(fabs(end_s - best_s) <= 1e-9 * best_s);
		plan_free(s.plan);
		instance_free(s.instance);
	}
	assert_true(shorter > 30);
	rng_free(rng);
}

// Users of random instances as jobs of few devices that share a band.
static void plans_keep_all_rules(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 54);
	for (int i = 0; i < 300; i++) {
		struct policy policy = *policy_find("jps-joint", NULL);
		struct instance *instance =
		    instance_new(rng, &(struct instance_shape){.jobs = 1 + (int)rng_below(rng, 20),
							       .networks = 1 + i % 3,
							       .subtasks = 5,
							       .growth = GROWTH_AFFINE,
							       .edge_power = true});
		struct snapshot *snapshot = &instance->snapshot;
		struct busy busy[4];
		struct err err = {""};
		instance_draw_busy(rng, instance, busy, 4);
		snapshot->band_hertz = i % 4 ? 1e6 : 0;
		for (int m = 0; m < snapshot->n_jobs; m++) {
			instance->jobs[m].device_id = (int)rng_below(rng, 5);
			if (snapshot->band_hertz > 0)
				instance->jobs[m].power_to_noise_hz = instance->jobs[m].rate_bps;
		}
		for (int v = 0; v < 3; v++)
			policy.value[v] = (double)rng_below(rng, 2);
		struct plan *plan = plan_new(snapshot->n_jobs, 5);
		if (policy_plan(&policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
			fail_msg("%s", err.text);
		plan_free(plan);
		instance_free(instance);
	}
	rng_free(rng);
}

// Jobs of a device upload one after another over one grant; those of two devices need two.
static void a_device_is_granted_its_band_once(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 55);
	int both = 0;
	for (int i = 0; i < 100; i++) {
		struct instance *instance =
		    instance_new(rng, &(struct instance_shape){
					  .jobs = 2, .networks = 1, .subtasks = 3, .growth = GROWTH_AFFINE});
		struct snapshot *snapshot = &instance->snapshot;
		struct err err = {""};
		snapshot->band_hertz = 1e6;
		for (int m = 0; m < 2; m++) {
			instance->jobs[m].device_id = 1;
			instance->jobs[m].power_to_noise_hz = 1e8;
		}
		struct plan *plan = plan_new(2, 3);
		assert_int_equal(policy_plan(policy_find("jps-joint", NULL), snapshot, plan, &err), 0);
		assert_int_equal(plan_check(snapshot, plan, &err), 0);
		bool sent = plan->jobs[0].hertz > 0 && plan->jobs[1].hertz > 0;
		instance->jobs[1].device_id = 2;
		if (sent)
			assert_int_equal(plan_check_decisions(snapshot, plan, &err), -EPROTO);
		if (sent)
			assert_non_null(strstr(err.text, "the grants add up to 2000000 Hz"));
		both += sent;
		plan_free(plan);
		instance_free(instance);
	}
	assert_true(both > 0);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_split_lies_between_bound_and_equal_bands),
	    cmocka_unit_test(a_split_is_near_the_best_of_all),
	    cmocka_unit_test(groups_are_the_best_of_all_partings),
	    cmocka_unit_test(plans_keep_all_rules),
	    cmocka_unit_test(a_device_is_granted_its_band_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
