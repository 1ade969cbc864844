// SPDX-License-Identifier: BSD-3-Clause
// Lower frequencies within the same makespan: nothing ends later, nothing costs more, and on small instances
// no frequencies of a grid cost less.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/builtin.h"
#include "edge/policy/check.h"
#include "edge/policy/pipeline/dvfs.h"
#include "tests/unit/edge/policy_random.h"

enum { MOST = 24, SUBTASKS = 4, GRID = 25 };
static const char *const names[] = {"jps",	 "jps-plus", "jps-hetero", "layer-schedule", "partition-only",
				    "cloud-only"};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

// Jobs of few devices with a frequency.
struct lab {
	struct snapshot_network net;
	double work[SUBTASKS], bits[SUBTASKS + 1], batch_s[SUBTASKS];
	struct snapshot_job jobs[MOST];
	struct snapshot snapshot;
};

static void draw(struct lab *lab, struct rng *rng, int n, int devices, bool plain)
{
	for (int l = 0; l <= SUBTASKS; l++) {
		lab->bits[l] = rng_uniform(rng, .2, 2);
		if (l == SUBTASKS)
			break;
		lab->work[l] = rng_uniform(rng, .1, 1);
		lab->batch_s[l] = rng_uniform(rng, .001, .2);
	}
	lab->net = (struct snapshot_network){.n_subtasks = SUBTASKS,
					     .work_flop = lab->work,
					     .cut_bits = lab->bits,
					     .max_batch = 1,
					     .batch_s = lab->batch_s};
	double f_max = rng_uniform(rng, .5, 3), f_min = f_max * rng_uniform(rng, .01, .9);
	for (int m = 0; m < n; m++)
		lab->jobs[m] = (struct snapshot_job){
		    .rate_bps = 1,
		    .deadline_s = plain ? 1e6 : rng_uniform(rng, 1, 20),
		    .release_s = plain || rng_below(rng, 2) ? 0 : rng_uniform(rng, 0, 5),
		    .device_free_s = plain ? 0 : rng_uniform(rng, 0, 1),
		    .uplink_delay_s = plain ? 0 : .3,
		    .downlink_s = plain ? 0 : .2,
		    .device = {f_min, f_max, .7},
		    .device_id = 1 + m % devices};
	lab->snapshot = (struct snapshot){
	    .n_jobs = n, .n_networks = 1, .n_servers = 1, .jobs = lab->jobs, .networks = &lab->net};
	lab->snapshot.guard_s = plain ? 0 : .1;
}

static struct plan *plan_of(const struct snapshot *snapshot, const char *name, bool server, bool dvfs)
{
	struct policy policy = *policy_find(name, NULL);
	struct plan *plan = plan_new(snapshot->n_jobs, SUBTASKS);
	struct err err = {""};
	policy.value[PIPELINE_SERVER] = server;
	policy.value[PIPELINE_DVFS] = dvfs;
	if (policy_plan(&policy, snapshot, plan, &err) < 0 || plan_check(snapshot, plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	return plan;
}

// Of a device: the last end of processor and uplink, and the last result.
static void ends_of(const struct snapshot *snapshot, const struct plan *plan, int device, double ends[2])
{
	ends[0] = ends[1] = 0;
	for (int m = 0; m < plan->n_jobs; m++) {
		if (snapshot->jobs[m].device_id != device)
			continue;
		ends[0] = fmax(ends[0], plan->jobs[m].upload_end_s);
		ends[1] = fmax(ends[1], plan->jobs[m].finish_s);
	}
}

static void check_law(const struct snapshot *snapshot, const struct plan *fast, const struct plan *slow,
		      int devices)
{
	for (int device = 1; device <= devices; device++) {
		double before[2], after[2];
		ends_of(snapshot, fast, device, before);
		ends_of(snapshot, slow, device, after);
		assert_true(after[0] <= before[0] * (1 + 1e-9));
		if (devices == 1)
			assert_true(after[1] <= before[1] * (1 + 1e-9));
	}
	for (int m = 0; m < fast->n_jobs; m++) {
		const struct plan_job *a = &fast->jobs[m], *b = &slow->jobs[m];
		assert_true(a->cut == b->cut && a->order == b->order);
		assert_true(b->compute_j <= a->compute_j * (1 + 1e-9));
		assert_true(a->transmit_j == b->transmit_j ||
			    fabs(a->transmit_j - b->transmit_j) <= 1e-9 * a->transmit_j);
		if (devices == 1 && a->feasible)
			assert_true(b->finish_s <= snapshot->jobs[m].deadline_s * (1 + 1e-9));
	}
}

static void nothing_ends_later_and_nothing_costs_more(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 41);
	double saved = 0;
	for (int i = 0; i < 600; i++) {
		struct lab lab;
		int devices = 1 + (i % 3 == 0) * (int)rng_below(rng, 3);
		draw(&lab, rng, 1 + (int)rng_below(rng, MOST), devices, i % 2);
		for (int p = 0; p < N_NAMES; p++) {
			struct plan *fast = plan_of(&lab.snapshot, names[p], i % 4 < 2, false);
			struct plan *slow = plan_of(&lab.snapshot, names[p], i % 4 < 2, true);
			check_law(&lab.snapshot, fast, slow, devices);
			saved += 1 - slow->energy_j / fmax(fast->energy_j, 1e-9);
			plan_free(fast);
			plan_free(slow);
		}
	}
	assert_true(saved > 1); // there is something to save
	rng_free(rng);
}

// Jobs in order at these frequencies: joules, or INFINITY when processor and uplink or the edge end later.
static double cost_of(const struct lab *lab, const struct plan *plan, const int order[], const double f[],
		      int n, const double ends[2])
{
	double device_s = 0, uplink_s = 0, edge_s = 0, j = 0;
	for (int i = 0; i < n; i++) {
		int cut = plan->jobs[order[i]].cut;
		double work = 0, run_s = 0;
		for (int l = 0; l < SUBTASKS; l++)
			*(l < cut ? &work : &run_s) += l < cut ? lab->work[l] : lab->batch_s[l];
		device_s += work > 0 ? work / f[i] : 0;
		j += device_energy_j(&lab->jobs[0].device, work, f[i]);
		if (cut == SUBTASKS)
			continue;
		uplink_s = fmax(uplink_s, device_s) + lab->bits[cut];
		edge_s = fmax(edge_s, uplink_s) + run_s;
	}
	bool late =
	    fmax(device_s, uplink_s) > ends[0] * (1 + 1e-9) || fmax(device_s, edge_s) > ends[1] * (1 + 1e-9);
	return late ? INFINITY : j;
}

static double best_of_grid(const struct lab *lab, const struct plan *plan, const int order[], int n,
			   const double ends[2])
{
	const struct device *d = &lab->jobs[0].device;
	double best = INFINITY;
	int all = 1;
	for (int i = 0; i < n; i++)
		all *= GRID;
	for (int k = 0; k < all; k++) {
		double f[4];
		for (int i = 0, left = k; i < n; i++, left /= GRID)
			f[i] =
			    d->f_min_flops + (d->f_max_flops - d->f_min_flops) * (left % GRID) / (GRID - 1);
		best = fmin(best, cost_of(lab, plan, order, f, n, ends));
	}
	return best;
}

static void no_frequencies_of_a_grid_cost_less(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 42);
	for (int i = 0; i < 150; i++) {
		struct lab lab;
		int n = 1 + (int)rng_below(rng, 3), order[4];
		double ends[2], f[4], chosen_j;
		draw(&lab, rng, n, 1, true);
		struct plan *fast = plan_of(&lab.snapshot, names[i % N_NAMES], i % 2, false);
		struct plan *slow = plan_of(&lab.snapshot, names[i % N_NAMES], i % 2, true);
		for (int m = 0; m < n; m++) {
			order[slow->jobs[m].order - 1] = m;
			f[slow->jobs[m].order - 1] = slow->jobs[m].freq_flops;
		}
		ends_of(&lab.snapshot, fast, 1, ends);
		chosen_j = cost_of(&lab, slow, order, f, n, ends);
		assert_true(isfinite(chosen_j));
		assert_true(chosen_j <= best_of_grid(&lab, slow, order, n, ends) * (1 + 1e-9));
		plan_free(fast);
		plan_free(slow);
	}
	rng_free(rng);
}

// One frequency when only the end counts; f_max where nothing may wait; f_min when there is time enough.
static void closed_forms(void **state)
{
	(void)state;
	const struct device device = {1, 10, 1};
	struct paced_job jobs[3] = {{.work_flop = 4, .latest_s = 9},
				    {.work_flop = 0, .latest_s = 9},
				    {.work_flop = 8, .latest_s = 4}};
	dvfs_pace(jobs, 3, 1, &device);
	assert_float_equal(jobs[0].freq_flops, 4, 1e-12); // 12 in 3 s
	assert_float_equal(jobs[1].freq_flops, 0, 0);
	assert_float_equal(jobs[2].freq_flops, 4, 1e-12);
	struct paced_job urgent[2] = {{.work_flop = 10, .latest_s = 1}, {.work_flop = 10, .latest_s = 6}};
	dvfs_pace(urgent, 2, 0, &device);
	assert_float_equal(urgent[0].freq_flops, 10, 1e-12);
	assert_float_equal(urgent[1].freq_flops, 2, 1e-12);
	struct paced_job lazy[2] = {{.work_flop = 1, .latest_s = 50}, {.work_flop = 1, .latest_s = 100}};
	dvfs_pace(lazy, 2, 0, &device);
	assert_float_equal(lazy[0].freq_flops, 1, 1e-12);
	struct paced_job late = {.work_flop = 1, .latest_s = -1};
	dvfs_pace(&late, 1, 0, &device);
	assert_float_equal(late.freq_flops, 10, 1e-12);
}

static void devices_with_one_frequency_stay(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 43);
	struct lab lab;
	double table[SUBTASKS + 1] = {0, .4, .8, 1.2, 1.6};
	const double *tables = table;
	draw(&lab, rng, 6, 1, true);
	for (int m = 0; m < 6; m++)
		lab.jobs[m].device_s = &tables;
	struct plan *slow = plan_of(&lab.snapshot, "jps-plus", false, true);
	for (int m = 0; m < 6; m++)
		assert_true(slow->jobs[m].freq_flops == 0);
	plan_free(slow);
	rng_free(rng);
}

static void a_hundred_thousand_jobs_are_paced(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct paced_job *jobs = calloc(N, sizeof(*jobs));
	const struct device device = {1, 1e3, 1};
	for (int i = 0; i < N; i++)
		jobs[i] = (struct paced_job){.work_flop = 1, .latest_s = i % 2 ? N : N - 1};
	dvfs_pace(jobs, N, 0, &device);
	for (int i = 1; i < N; i++)
		assert_true(jobs[i].freq_flops <= jobs[i - 1].freq_flops);
	free(jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_ends_later_and_nothing_costs_more),
	    cmocka_unit_test(no_frequencies_of_a_grid_cost_less),
	    cmocka_unit_test(closed_forms),
	    cmocka_unit_test(devices_with_one_frequency_stay),
	    cmocka_unit_test(a_hundred_thousand_jobs_are_paced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
