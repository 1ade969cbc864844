// SPDX-License-Identifier: BSD-3-Clause
// The schemes as policies: plans that pass the rules, and whose prediction is the scheme's makespan.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/check.h"
#include "edge/policy/pipeline/scheme.h"
#include "tests/unit/edge/policy_random.h"

static const char *const names[] = {"jps",	  "jps-plus",	"jps-hetero",	  "layer-schedule",
				    "local-only", "cloud-only", "partition-only", "schedule-only"};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

static struct plan *plan_of(const char *name, bool server, const struct snapshot *snapshot, int subtasks)
{
	struct policy policy = *policy_find(name, NULL);
	struct plan *plan = plan_new(snapshot->n_jobs, subtasks);
	struct err err = {""};
	policy.value[0] = server;
	if (policy_plan(&policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	return plan;
}

// Users of random instances as jobs of few devices.
static void plans_keep_all_rules(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 21);
	for (int i = 0; i < 300; i++) {
		struct instance *instance =
		    instance_new(rng, &(struct instance_shape){.jobs = 1 + (int)rng_below(rng, 12),
							       .networks = 1 + (int)rng_below(rng, 3),
							       .subtasks = 5,
							       .growth = GROWTH_AFFINE,
							       .edge_power = true});
		struct busy busy[4];
		instance_draw_busy(rng, instance, busy, 4);
		for (int m = 0; m < instance->snapshot.n_jobs; m++) {
			instance->jobs[m].device_id = (int)rng_below(rng, 3);
			if (m > 0 && rng_below(rng, 2) == 0)
				instance->jobs[m] = instance->jobs[m - 1]; // of the same type
		}
		for (int p = 0; p < N_NAMES; p++)
			plan_free(plan_of(names[p], i % 2, &instance->snapshot, 5));
		instance_free(instance);
	}
	rng_free(rng);
}

struct burst {
	struct snapshot_network net;
	double work[4], bits[5], batch_s[4], device_s[5];
	const double *table;
	struct snapshot snapshot;
};

enum { CUTS = 4 };

// n jobs of one device, released at 0.
static void draw_burst(struct burst *b, struct rng *rng, struct snapshot_job jobs[], int n)
{
	for (int l = 0; l <= CUTS; l++) {
		b->device_s[l] = l == 0 ? 0 : b->device_s[l - 1] + rng_uniform(rng, .1, 2);
		b->bits[l] = rng_uniform(rng, 1, 5);
		if (l < CUTS) {
			b->work[l] = 1;
			b->batch_s[l] = rng_uniform(rng, .01, .2);
		}
	}
	b->table = b->device_s;
	b->net = (struct snapshot_network){.n_subtasks = CUTS,
					   .work_flop = b->work,
					   .cut_bits = b->bits,
					   .max_batch = 1,
					   .batch_s = b->batch_s};
	for (int m = 0; m < n; m++)
		jobs[m] = (struct snapshot_job){.rate_bps = 1,
						.deadline_s = 1e6,
						.device = {1, 1, 0},
						.device_id = 7,
						.device_s = &b->table};
	b->snapshot = (struct snapshot){
	    .n_jobs = n, .n_networks = 1, .n_servers = 1, .jobs = jobs, .networks = &b->net};
}

static void the_prediction_is_the_schemes_makespan(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 22);
	for (int i = 0; i < 300; i++) {
		struct snapshot_job jobs[20];
		struct burst b;
		int n = 1 + (int)rng_below(rng, 20);
		bool server = i % 3 == 0;
		draw_burst(&b, rng, jobs, n);
		double g[CUTS + 1] = {b.bits[0], b.bits[1], b.bits[2], b.bits[3], 0}, s[CUTS + 1] = {0};
		for (int l = CUTS - 1; l >= 0; l--)
			s[l] = s[l + 1] + b.batch_s[l];
		const struct chain chain = {n, CUTS + 1, b.device_s, g, server ? s : NULL};
		for (int p = 0; p < N_NAMES; p++) {
			struct pipeline pipeline = {0};
			assert_int_equal(pipeline_find(names[p])(&chain, 1, &pipeline, NULL), 0);
			struct plan *plan = plan_of(names[p], server, &b.snapshot, CUTS);
			double last_s = 0;
			for (int m = 0; m < n; m++)
				last_s = fmax(last_s,
					      server ? plan->jobs[m].edge_end_s : plan->jobs[m].upload_end_s);
			assert_true(fabs(last_s - pipeline.makespan_s) <= 1e-9 * last_s);
			plan_free(plan);
			pipeline_free(&pipeline);
		}
	}
	rng_free(rng);
}

// No coverage: everything on the device, whatever the scheme.
static void who_cannot_send_stays_local(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 23);
	struct snapshot_job jobs[5];
	struct burst b;
	draw_burst(&b, rng, jobs, 5);
	for (int m = 0; m < 5; m++)
		jobs[m].rate_bps = 0;
	for (int p = 0; p < N_NAMES; p++) {
		struct plan *plan = plan_of(names[p], false, &b.snapshot, CUTS);
		for (int m = 0; m < 5; m++)
			assert_int_equal(plan->jobs[m].cut, CUTS);
		assert_int_equal(plan->n_batches, 0);
		plan_free(plan);
	}
	rng_free(rng);
}

static void a_hundred_thousand_jobs_of_a_device_are_planned(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 24);
	struct snapshot_job *jobs = calloc(N, sizeof(*jobs));
	struct burst b;
	draw_burst(&b, rng, jobs, N);
	struct plan *plan = plan_new(N, CUTS);
	struct err err = {""};
	if (policy_plan(policy_find("jps-plus", NULL), &b.snapshot, plan, &err) < 0)
		fail_msg("%s", err.text);
	if (plan_check_decisions(&b.snapshot, plan, &err) < 0)
		fail_msg("%s", err.text);
	plan_free(plan);
	free(jobs);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plans_keep_all_rules),
	    cmocka_unit_test(the_prediction_is_the_schemes_makespan),
	    cmocka_unit_test(who_cannot_send_stays_local),
	    cmocka_unit_test(a_hundred_thousand_jobs_of_a_device_are_planned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
