// SPDX-License-Identifier: BSD-3-Clause
// Batching with early exits against brute force: the exact policies serve the most users of all subsets with
// the least hertz, the two agree where subsets are too many, no policy serves more, and every plan passes the
// check.
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
#include "edge/policy/predict.h"
#include "tests/unit/edge/early_exit_draw.h"
#include "tests/unit/edge/policy_random.h"

static const double T_U = 0.01;
static const char *const all[] = {
    "bsp",	  "bsp-exit",	"bsp-exit:refine", "bsp-exit:grow", "bsp-exit-optimal", "bsp-exit-classes",
    "batch-only", "one-by-one", "one-by-one-exit", "equal-band",    "random-admission"};

// What brute force knows of a user.
struct known {
	int subtasks; // that it runs; 0 = no exit is accurate enough
	double width_hz, end_s;
};

// By bisection, in which nothing is shared with the policies' closed form.
static double width_of(const struct snapshot *s, int m, double rate_bps)
{
	const struct snapshot_job *job = &s->jobs[m];
	if (s->band_hertz <= 0 || (job->snr <= 0 && job->power_to_noise_hz <= 0))
		return rate_bps <= job->rate_bps ? 0 : INFINITY;
	double low = 0, high = 1e12;
	if (predict_rate_bps(s, m, high) < rate_bps)
		return INFINITY;
	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;
		if (predict_rate_bps(s, m, middle) < rate_bps)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static struct known know(const struct snapshot *s, int m, bool exits)
{
	const struct snapshot_job *job = &s->jobs[m];
	const struct snapshot_network *net = &s->networks[0];
	struct known k = {0, INFINITY, job->deadline_s - job->downlink_s};
	for (int e = 0; e < net->n_exits && exits && k.subtasks == 0; e++)
		if (net->exit_accuracy[e] >= job->least_accuracy)
			k.subtasks = net->exit_subtasks[e];
	if (k.subtasks == 0 && net->accuracy >= job->least_accuracy)
		k.subtasks = net->n_subtasks;
	if (s->edge_deadline_s > 0 && s->edge_deadline_s < job->deadline_s)
		k.end_s = s->edge_deadline_s - job->downlink_s;
	double air_s = T_U - job->release_s - job->uplink_delay_s - s->guard_s;
	if (air_s > 0)
		k.width_hz = width_of(s, m, net->cut_bits[0] / air_s);
	return k;
}

// Whether the users of the mask are all in time when their batch starts at start_s and ends by end_s.
static bool in_time(const struct snapshot *s, const struct known known[], unsigned mask, double start_s,
		    double end_s)
{
	const struct snapshot_network *net = &s->networks[0];
	for (int n = 0; n < net->n_subtasks; n++) {
		int size = 0;
		for (int m = 0; m < s->n_jobs; m++)
			size += (mask >> m & 1) && known[m].subtasks > n;
		if (size == 0)
			return true;
		start_s += snapshot_batch_s(net, n, size);
		for (int m = 0; m < s->n_jobs; m++)
			if ((mask >> m & 1) && known[m].subtasks == n + 1 &&
			    start_s > fmin(known[m].end_s, end_s) + 1e-12)
				return false;
	}
	return true;
}

static bool fits(const struct snapshot *s, const struct known known[], unsigned mask)
{
	const struct snapshot_server *edge = &s->servers[0];
	double from_s = fmax(T_U, edge->free_s);
	for (int i = 0; i < edge->n_busy; i++) {
		if (edge->busy[i].start_s > from_s && in_time(s, known, mask, from_s, edge->busy[i].start_s))
			return true;
		from_s = fmax(from_s, edge->busy[i].end_s);
	}
	return in_time(s, known, mask, from_s, INFINITY);
}

// Of the jobs of one device the first by deadline alone can be served.
static bool waits(const struct snapshot *s, int m)
{
	for (int k = 0; k < s->n_jobs; k++)
		if (k != m && s->jobs[m].device_id > 0 && s->jobs[k].device_id == s->jobs[m].device_id &&
		    (s->jobs[k].deadline_s < s->jobs[m].deadline_s ||
		     (s->jobs[k].deadline_s == s->jobs[m].deadline_s && k < m)))
			return true;
	return false;
}

struct best {
	int served;
	double hz;
};

static struct best brute_force(const struct snapshot *s, bool exits)
{
	struct known known[DRAW_MOST_USERS];
	struct best best = {0, 0};
	for (int m = 0; m < s->n_jobs; m++)
		known[m] = know(s, m, exits);
	for (unsigned mask = 1; mask < 1U << s->n_jobs; mask++) {
		int n = __builtin_popcount(mask);
		double hz = 0;
		bool possible = n <= s->networks[0].max_batch;
		for (int m = 0; m < s->n_jobs && possible; m++)
			if (mask >> m & 1) {
				hz += known[m].width_hz;
				possible = known[m].subtasks > 0 && !waits(s, m);
			}
		double band_hz = s->band_hertz > 0 ? s->band_hertz : 1e300;
		bool better = n > best.served || (n == best.served && hz < best.hz);
		if (possible && hz <= band_hz * (1 + 1e-12) && better && fits(s, known, mask))
			best = (struct best){n, hz};
	}
	return best;
}

static struct best plan_with(const char *name, const struct snapshot *s, struct plan *plan)
{
	struct err err = {""};
	const struct policy *policy = policy_find(name, &err);
	if (!policy || policy_plan(policy, s, plan, &err) < 0 || plan_check(s, plan, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	struct best got = {0, 0};
	for (int m = 0; m < s->n_jobs; m++) {
		const struct plan_job *job = &plan->jobs[m];
		assert_true(job->admitted == (job->group >= 0)); // without `local`
		assert_true(job->feasible == job->admitted && (job->admitted || job->why[0]));
		got.served += job->admitted;
		got.hz += job->admitted ? job->hertz : 0;
	}
	return got;
}

static void expect_same(const char *name, struct best got, struct best right, int i)
{
	if (got.served != right.served || fabs(got.hz - right.hz) > 1e-6 * fmax(1, right.hz))
		fail_msg("round %d, %s: %d served with %.9g Hz, right are %d with %.9g Hz", i, name,
			 got.served, got.hz, right.served, right.hz);
}

static void exact_policies_equal_brute_force(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 31);
	struct round_drawn *round = malloc(sizeof(*round));
	struct plan *plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	int served = 0, above = 0;
	for (int i = 0; i < 2000; i++) {
		draw_anything(round, rng, i % 10 == 0 ? 10 : 7);
		struct best right = brute_force(&round->snapshot, true);
		struct best whole = brute_force(&round->snapshot, false);
		served += right.served;
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			struct best got = plan_with(all[k], &round->snapshot, plan);
			// One after another no batch is too small for them, and no growth too steep.
			if (got.served > right.served && strncmp(all[k], "one", 3) != 0)
				fail_msg("round %d, %s: serves %d of at most %d", i, all[k], got.served,
					 right.served);
		}
		expect_same("bsp-exit-optimal", plan_with("bsp-exit-optimal", &round->snapshot, plan), right,
			    i);
		expect_same("bsp-exit-classes", plan_with("bsp-exit-classes", &round->snapshot, plan), right,
			    i);
		struct best packed = plan_with("bsp", &round->snapshot, plan);
		assert_int_equal(packed.served, whole.served);
		expect_same("bsp", packed, whole, i);
		above += right.served > whole.served;
	}
	assert_true(served > 2000 && above > 100); // the rounds have something to decide
	plan_free(plan);
	free(round);
	rng_free(rng);
}

static void tree_and_classes_agree(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 32);
	struct round_drawn *round = malloc(sizeof(*round));
	struct plan *plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	for (int i = 0; i < 600; i++) {
		const struct setting_drawn setting = {20, rng_uniform(rng, 2e6, 12e6), 10,
						      rng_uniform(rng, 4e-3, 8e-3),
						      rng_uniform(rng, 9e-3, 16e-3)};
		if (i % 2)
			draw_anything(round, rng, 20);
		else
			draw_setting(round, rng, &setting);
		struct best classes = plan_with("bsp-exit-classes", &round->snapshot, plan);
		expect_same("bsp-exit-optimal", plan_with("bsp-exit-optimal", &round->snapshot, plan),
			    classes, i);
		struct best low = plan_with("bsp-exit", &round->snapshot, plan);
		struct best refined = plan_with("bsp-exit:refine", &round->snapshot, plan);
		struct best grown = plan_with("bsp-exit:grow", &round->snapshot, plan);
		assert_true(low.served <= refined.served && refined.served <= grown.served &&
			    grown.served <= classes.served);
	}
	plan_free(plan);
	free(round);
	rng_free(rng);
}

// Sizes of the users' blocks by the plan's own batches: each block shrinks by who left at its end.
static void batches_shrink_at_exits(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 33);
	struct round_drawn *round = malloc(sizeof(*round));
	struct plan *plan = plan_new(DRAW_MOST_USERS, 2 * DRAW_MOST_BLOCKS);
	const struct setting_drawn setting = {40, 20e6, 10, 8e-3, 20e-3};
	for (int i = 0; i < 50; i++) {
		draw_setting(round, rng, &setting);
		plan_with("bsp-exit-classes", &round->snapshot, plan);
		double at_s = T_U;
		for (int k = 0; k < plan->n_batches; k++) {
			int stay = 0;
			for (int m = 0; m < 40; m++)
				stay += plan->jobs[m].admitted &&
					plan_subtasks(&round->snapshot, &plan->jobs[m]) > k;
			assert_int_equal(plan->batches[k].n_jobs, stay);
			assert_int_equal(plan->batches[k].subtask, k);
			assert_true(fabs(plan->batches[k].start_s - at_s) < 1e-12);
			at_s += plan->batches[k].duration_s;
		}
	}
	plan_free(plan);
	free(round);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exact_policies_equal_brute_force),
	    cmocka_unit_test(tree_and_classes_agree),
	    cmocka_unit_test(batches_shrink_at_exits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
