// SPDX-License-Identifier: BSD-3-Clause
// The prediction against the closed forms of the systems that a plan expresses: jobs in a device's pipeline,
// a batch that shrinks at an exit, servers behind a WAN, granted bands.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include "base/rng.h"
#include "edge/policy/check.h"
#include "edge/policy/predict.h"
#include "tests/unit/edge/policy_random.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) <= 1e-12 * fmax(1, fabs((double)(b))))

enum { JOBS = 6, CUTS = 4 };

// Of two machines: C_max = max_j (sum of f up to j + sum of g from j on).
static double makespan_s(const double f[], const double g[], const int place[])
{
	double most = 0;
	for (int j = 0; j < JOBS; j++) {
		double sum = 0;
		for (int i = 0; i < JOBS; i++) {
			sum += place[i] <= place[j] ? f[i] : 0;
			sum += place[i] >= place[j] ? g[i] : 0;
		}
		most = fmax(most, sum);
	}
	return most;
}

static void a_device_is_a_pipeline(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 0);
	double work[CUTS] = {1, 1, 1, 1}, batch_s[CUTS] = {1, 1, 1, 1}, bits[CUTS + 1], device_s[CUTS + 1];
	const double *const table = device_s;
	for (int i = 0; i < 2000; i++) {
		struct snapshot_network net = {.n_subtasks = CUTS,
					       .work_flop = work,
					       .cut_bits = bits,
					       .max_batch = 1,
					       .batch_s = batch_s};
		struct snapshot_job users[JOBS];
		double f[JOBS], g[JOBS], last_s = 0;
		int place[JOBS];
		for (int p = 0; p <= CUTS; p++) {
			device_s[p] = p * rng_uniform(rng, 0, 2);
			bits[p] = p < CUTS ? rng_uniform(rng, 0, 5) : 0;
		}
		struct plan *plan = plan_new(JOBS, CUTS);
		plan->n_jobs = JOBS;
		plan->gpu_shares = 1;
		for (int m = 0; m < JOBS; m++) {
			users[m] = (struct snapshot_job){
			    .rate_bps = 1, .deadline_s = 1e3, .device_id = 3, .device_s = &table};
			place[m] = m;
			int k = (int)rng_below(rng, (uint64_t)m + 1), swap = place[k];
			place[k] = place[m];
			place[m] = swap;
		}
		for (int m = 0; m < JOBS; m++) {
			int cut = (int)rng_below(rng, CUTS + 1);
			plan->jobs[m] = (struct plan_job){.admitted = true,
							  .cut = cut,
							  .order = place[m] * 10,
							  .group = cut < CUTS ? 0 : -1};
			f[m] = device_s[cut];
			g[m] = bits[cut];
		}
		const struct snapshot snapshot = {
		    .n_jobs = JOBS, .n_servers = 1, .n_networks = 1, .jobs = users, .networks = &net};
		plan_predict(&snapshot, plan, NULL);
		for (int m = 0; m < JOBS; m++)
			last_s = fmax(last_s, plan->jobs[m].upload_end_s);
		assert_near(last_s, makespan_s(f, g, place));
		plan_free(plan);
	}
	rng_free(rng);
}

// Three jobs in a batch of four blocks; the first leaves at the first exit.
static void a_batch_shrinks_at_an_exit(void **state)
{
	(void)state;
	double work[2] = {1, 1}, bits[3] = {1e3, 1e3, 0}, batch_s[] = {1, 2, 3, 10, 20, 30};
	const int exits[] = {1};
	const double accuracy[] = {.7};
	struct snapshot_network net = {.n_subtasks = 2,
				       .work_flop = work,
				       .cut_bits = bits,
				       .max_batch = 3,
				       .batch_s = batch_s,
				       .n_exits = 1,
				       .exit_subtasks = exits,
				       .exit_accuracy = accuracy,
				       .accuracy = .9};
	struct snapshot_job users[3];
	struct plan *plan = plan_new(3, 2);
	plan->n_jobs = 3;
	plan->gpu_shares = 1;
	for (int m = 0; m < 3; m++) {
		users[m] = (struct snapshot_job){
		    .device = {1, 2, 1}, .deadline_s = 40, .power_to_noise_hz = 1e5 * (m + 1)};
		plan->jobs[m] = (struct plan_job){.admitted = true, .hertz = 1e4, .exit = m == 0};
	}
	plan->n_batches = 2;
	plan->n_members = 5;
	for (int i = 0; i < 5; i++)
		plan->members[i] = (int[]){0, 1, 2, 1, 2}[i];
	plan->batches[0] = (struct plan_batch){.n_jobs = 3, .start_s = 2, .edge_freq = 1};
	plan->batches[1] =
	    (struct plan_batch){.subtask = 1, .n_jobs = 2, .first = 3, .start_s = 5, .edge_freq = 1};
	const struct snapshot snapshot = {
	    .n_jobs = 3, .n_servers = 1, .n_networks = 1, .jobs = users, .networks = &net, .band_hertz = 1e5};
	struct err err = {""};
	plan_predict(&snapshot, plan, NULL);
	if (plan_check(&snapshot, plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_near(plan->jobs[0].finish_s, 5);
	assert_near(plan->jobs[1].finish_s, 25);
	assert_near(plan->jobs[0].accuracy, .7);
	assert_near(plan->jobs[2].accuracy, .9);
	assert_near(plan->jobs[1].upload_end_s, 1e3 / (1e4 * log2(1 + 2e5 / 1e4)));
	plan_free(plan);
}

// Two jobs on a cloud of two cores behind a WAN; the third one is not admitted.
static void a_wan_takes_one_transfer_after_another(void **state)
{
	(void)state;
	double work[1] = {1}, bits[2] = {1e6, 0}, edge_s[1] = {.5}, cloud_s[1] = {.1};
	const double *const cloud_table = cloud_s;
	struct snapshot_network net = {
	    .n_subtasks = 1, .work_flop = work, .cut_bits = bits, .max_batch = 1, .batch_s = edge_s};
	struct snapshot_job users[3];
	struct snapshot_server cloud = {.name = "cloud",
					.batch_s = &cloud_table,
					.cores = 2,
					.wan_delay_s = .02,
					.wan_bps = 1e7,
					.has_power = true,
					.static_w = 3,
					.dynamic_w = 4};
	struct plan *plan = plan_new(3, 1);
	plan->n_jobs = 3;
	plan->gpu_shares = 1;
	plan->n_batches = plan->n_members = 2;
	for (int m = 0; m < 3; m++) {
		users[m] = (struct snapshot_job){.rate_bps = m == 0 ? 1e6 : 2e6,
						 .device = {1, 2, 1},
						 .downlink_s = .003,
						 .reply_bits = 1e4,
						 .deadline_s = 5};
		plan->jobs[m] = (struct plan_job){.admitted = true, .server = 1};
	}
	plan->jobs[2] = (struct plan_job){.cut = 1, .group = -1};
	plan->batches[0] = (struct plan_batch){.server = 1, .n_jobs = 1, .start_s = 1.2, .edge_freq = 1};
	plan->batches[1] =
	    (struct plan_batch){.server = 1, .n_jobs = 1, .first = 1, .start_s = 1.25, .edge_freq = 1};
	plan->members[0] = 1;
	plan->members[1] = 0;
	users[0].rate_bps = 1 / .55e-6; // its upload ends while the other one's transfer lasts
	const struct snapshot snapshot = {.n_jobs = 3,
					  .n_networks = 1,
					  .jobs = users,
					  .networks = &net,
					  .n_servers = 2,
					  .servers[1] = cloud};
	struct err err = {""};
	plan_predict(&snapshot, plan, NULL);
	if (plan_check(&snapshot, plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_near(plan->jobs[1].upload_end_s, .5 + .1 + .02);
	assert_near(plan->jobs[0].upload_end_s, .6 + .1 + .02);
	assert_near(plan->jobs[1].finish_s, 1.2 + .1 + .02 + .001 + .003);
	assert_near(plan->edge_j, 2 * .1 * 7);
	assert_false(plan->jobs[2].feasible);
	assert_string_equal(plan->jobs[2].why, "it was not admitted");
	assert_near(plan->gpu_end_s, 0); // the edge itself does nothing
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_device_is_a_pipeline),
	    cmocka_unit_test(a_batch_shrinks_at_an_exit),
	    cmocka_unit_test(a_wan_takes_one_transfer_after_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
