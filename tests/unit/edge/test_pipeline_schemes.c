// SPDX-License-Identifier: BSD-3-Clause
// The schemes of pipelined partition against brute force, closed forms and lower bounds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include "tests/unit/edge/pipeline_lab.h"
#include "tests/unit/edge/policy_random.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) <= 1e-9 * fmax(1, fabs((double)(b))))
#define assert_at_most(a, b) assert_true((a) <= (b) * (1 + 1e-9))

// What a scheme gives; its makespan is that of its jobs one by one, and no job is lost.
static double plan_s(pipeline_scheme *scheme, const struct chain types[], int n_types)
{
	struct pipeline out = {0};
	struct err err = {""};
	if (scheme(types, n_types, &out, &err) < 0)
		fail_msg("%s", err.text);
	double makespan_s = out.makespan_s;
	assert_near(makespan_s, lab_makespan_s(out.runs, out.n_runs));
	for (int i = 0; i < n_types; i++) {
		int jobs = 0;
		for (int r = 0; r < out.n_runs; r++)
			jobs += out.runs[r].type == i ? out.runs[r].n : 0;
		assert_int_equal(jobs, types[i].jobs);
	}
	pipeline_free(&out);
	return makespan_s;
}

static void johnson_is_the_best_order(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 1);
	for (int i = 0; i < 2000; i++) {
		int n = 1 + (int)rng_below(rng, 6);
		struct stage_times jobs[6];
		struct job_run runs[6];
		for (int j = 0; j < n; j++) {
			// Many equal and empty stages.
			jobs[j] = (struct stage_times){.device_s = (double)rng_below(rng, 5),
						       .upload_s = (double)rng_below(rng, 5)};
			runs[j] = (struct job_run){.type = j, .n = 1, .each = jobs[j]};
		}
		assert_near(flow_shop_order(runs, n), lab_best_order_s(jobs, n));
		assert_near(flow_shop_makespan_s(runs, n), lab_makespan_s(runs, n));
	}
	rng_free(rng);
}

static void a_run_of_equal_jobs_has_a_closed_form(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 2);
	for (int i = 0; i < 5000; i++) {
		struct job_run runs[4];
		bool server = i % 2;
		for (int r = 0; r < 4; r++)
			runs[r] = (struct job_run){.n = (int)rng_below(rng, 6),
						   .each = {rng_uniform(rng, 0, 3), rng_uniform(rng, .1, 3),
							    server ? rng_uniform(rng, 0, 3) : 0}};
		assert_near(flow_shop_makespan_s(runs, 4), lab_makespan_s(runs, 4));
	}
	rng_free(rng);
}

// C(m), and at its ends one cut for all: f + (n - 1) max(f, g) + g.
static void jps_has_a_closed_form(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 3);
	for (int i = 0; i < 2000; i++) {
		double f_a = rng_uniform(rng, 0, 3), f_b = f_a + rng_uniform(rng, 0, 3);
		double g_b = rng_uniform(rng, 0, f_b), g_a = fmax(f_a, g_b) + rng_uniform(rng, 0, 3);
		int n = 1 + (int)rng_below(rng, 30);
		for (int m = 0; m <= n; m++) {
			struct job_run runs[2] = {{.n = m, .each = {f_a, g_a, 0}},
						  {.n = n - m, .each = {f_b, g_b, 0}}};
			double said = fmax(f_a + m * g_a + (n - m) * g_b, m * f_a + (n - m) * f_b + g_b);
			if (m == n)
				said = f_a + (n - 1) * fmax(f_a, g_a) + g_a;
			if (m == 0)
				said = f_b + (n - 1) * fmax(f_b, g_b) + g_b;
			assert_near(flow_shop_makespan_s(runs, 2), said);
		}
	}
	rng_free(rng);
}

static double jps_by_trial(const struct chain *type)
{
	int b = 0, a = 0;
	double best = INFINITY, least = INFINITY;
	for (int l = 0; l < type->n_cuts; l++) {
		if (!(type->upload_s[l] < least))
			continue;
		least = type->upload_s[l];
		a = b;
		b = l;
		if (type->device_s[l] >= type->upload_s[l])
			break;
	}
	for (int m = 0; m <= type->jobs; m++) {
		struct job_run runs[2] = {pipeline_run(type, 0, a, m),
					  pipeline_run(type, 0, b, type->jobs - m)};
		best = fmin(best, flow_shop_makespan_s(runs, 2));
	}
	return best;
}

static void jps_takes_the_best_split_of_its_two_cuts(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 4);
	for (int i = 0; i < 2000; i++) {
		struct lab_chain t;
		lab_draw(&t, rng, i % 2 ? LAB_ANY : LAB_NEAR_CONVEX, 2 + (int)rng_below(rng, 12),
			 1 + (int)rng_below(rng, 40), false);
		assert_near(plan_s(pipeline_jps, &t.chain, 1), jps_by_trial(&t.chain));
	}
	rng_free(rng);
}

// Cuts of one type as multisets, with all orders.
static void against_brute_force(bool server, double worst_of_plus)
{
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 5);
	double sum = 0, most = 0;
	int cases = 150;
	for (int i = 0; i < cases; i++) {
		struct lab_chain t;
		int n = 1 + (int)rng_below(rng, 4);
		lab_draw(&t, rng, i % 2 ? LAB_ANY : LAB_NEAR_CONVEX, 2 + (int)rng_below(rng, 6), n, server);
		double best = lab_best_s(&t.chain, 1);
		static pipeline_scheme *const schemes[] = {
		    pipeline_jps,	   pipeline_jps_hetero, pipeline_layer_schedule,
		    pipeline_local_only,   pipeline_cloud_only, pipeline_partition_only,
		    pipeline_schedule_only};
		double plus = plan_s(pipeline_jps_plus, &t.chain, 1);
		for (size_t s = 0; s < sizeof(schemes) / sizeof(schemes[0]); s++)
			assert_at_most(best, plan_s(schemes[s], &t.chain, 1));
		assert_at_most(best, plus);
		assert_at_most(plus, plan_s(pipeline_partition_only, &t.chain, 1));
		assert_at_most(plan_s(pipeline_jps_hetero, &t.chain, 1), plus);
		if (n == 1)
			assert_near(plus, best);
		if (!server)
			assert_at_most(lab_lower_bound_s(&t.chain, n), best);
		sum += plus / best;
		most = fmax(most, plus / best);
	}
	printf("jps-plus over brute force: %.4f on average, %.4f at most\n", sum / cases, most);
	assert_true(sum / cases <= worst_of_plus);
	rng_free(rng);
}

static void jps_plus_is_close_to_brute_force(void **state)
{
	(void)state;
	against_brute_force(false, 1.01);
}

static void with_the_server_it_is_close_to_brute_force(void **state)
{
	(void)state;
	against_brute_force(true, 1.01);
}

static void several_types_are_close_to_brute_force(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 6);
	double sum = 0, most = 0;
	int cases = 60;
	for (int i = 0; i < cases; i++) {
		struct lab_chain t[3];
		struct chain types[3];
		for (int k = 0; k < 3; k++) {
			lab_draw(&t[k], rng, i % 2 ? LAB_ANY : LAB_NEAR_CONVEX, 2 + (int)rng_below(rng, 3),
				 1 + (int)rng_below(rng, 2), i % 3 == 0);
			types[k] = t[k].chain;
		}
		double best = lab_best_s(types, 3), got = plan_s(pipeline_jps_hetero, types, 3);
		assert_at_most(best, got);
		assert_at_most(got, plan_s(pipeline_jps_plus, types, 3));
		assert_at_most(got, plan_s(pipeline_partition_only, types, 3));
		assert_at_most(got, plan_s(pipeline_schedule_only, types, 3));
		assert_at_most(best, plan_s(pipeline_layer_schedule, types, 3));
		sum += got / best;
		most = fmax(most, got / best);
	}
	printf("jps-hetero over brute force: %.4f on average, %.4f at most\n", sum / cases, most);
	assert_true(sum / cases <= 1.03);
	rng_free(rng);
}

static void whole_jobs_are_shared_out_best(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 7);
	for (int i = 0; i < 1000; i++) {
		struct lab_chain t;
		int n = 1 + (int)rng_below(rng, 50);
		lab_draw(&t, rng, LAB_ANY, 2 + (int)rng_below(rng, 10), n, false);
		double local_s = t.device_s[t.chain.n_cuts - 1], cloud_s = t.upload_s[0], best = INFINITY;
		for (int m = 0; m <= n; m++)
			best = fmin(best, fmax(m * local_s, (n - m) * cloud_s));
		assert_near(plan_s(pipeline_schedule_only, &t.chain, 1), best);
		assert_near(plan_s(pipeline_local_only, &t.chain, 1), n * local_s);
		assert_near(plan_s(pipeline_cloud_only, &t.chain, 1), n * cloud_s);
	}
	rng_free(rng);
}

struct shape {
	const char *name;
	pipeline_scheme *scheme;
	int n;
	double near_convex_low, near_convex_high, any_low, any_high;
};

// Means over the lower bound; the figures of an independent implementation stand within these ranges.
static double mean_over_bound(const struct shape *shape, enum lab_curve curve)
{
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 7);
	double sum = 0;
	int cases = 400;
	for (int i = 0; i < cases; i++) {
		struct lab_chain t;
		lab_draw(&t, rng, curve, 5 + (int)rng_below(rng, 9), shape->n, false);
		double s = plan_s(shape->scheme, &t.chain, 1),
		       bound_s = lab_lower_bound_s(&t.chain, shape->n);
		assert_at_most(bound_s, s);
		if (shape->scheme == pipeline_jps_plus)
			assert_at_most(s, plan_s(pipeline_partition_only, &t.chain, 1));
		sum += s / bound_s;
	}
	rng_free(rng);
	return sum / cases;
}

static void the_table_of_ratios_has_its_shape(void **state)
{
	(void)state;
	static const struct shape shapes[] = {
	    {"jps", pipeline_jps, 1, 1.01, 1.12, 1.01, 1.2},
	    {"jps-plus", pipeline_jps_plus, 1, 1, 1 + 1e-9, 1, 1 + 1e-9},
	    {"partition-only", pipeline_partition_only, 1, 1, 1 + 1e-9, 1, 1 + 1e-9},
	    {"schedule-only", pipeline_schedule_only, 1, 1.1, 1.4, 1.1, 1.6},
	    {"jps", pipeline_jps, 20, 1.01, 1.08, 1.02, 1.2},
	    {"jps-plus", pipeline_jps_plus, 20, 1, 1.033, 1, 1.033},
	    {"partition-only", pipeline_partition_only, 20, 1.25, 1.5, 1.2, 1.6},
	    {"schedule-only", pipeline_schedule_only, 20, 1.3, 1.65, 1.3, 1.9},
	    {"jps", pipeline_jps, 100, 1.005, 1.04, 1.02, 1.15},
	    {"jps-plus", pipeline_jps_plus, 100, 1, 1.006, 1, 1.01},
	    {"partition-only", pipeline_partition_only, 100, 1.25, 1.5, 1.2, 1.6},
	    {"schedule-only", pipeline_schedule_only, 100, 1.3, 1.65, 1.3, 1.9},
	};
	bool right = true;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const struct shape *s = &shapes[i];
		double near = mean_over_bound(s, LAB_NEAR_CONVEX), any = mean_over_bound(s, LAB_ANY);
		printf("n = %3d %-15s %.4f (%.4f)\n", s->n, s->name, near, any);
		right = right && near >= s->near_convex_low && near <= s->near_convex_high &&
			any >= s->any_low && any <= s->any_high;
	}
	assert_true(right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(johnson_is_the_best_order),
	    cmocka_unit_test(a_run_of_equal_jobs_has_a_closed_form),
	    cmocka_unit_test(jps_has_a_closed_form),
	    cmocka_unit_test(jps_takes_the_best_split_of_its_two_cuts),
	    cmocka_unit_test(jps_plus_is_close_to_brute_force),
	    cmocka_unit_test(with_the_server_it_is_close_to_brute_force),
	    cmocka_unit_test(several_types_are_close_to_brute_force),
	    cmocka_unit_test(whole_jobs_are_shared_out_best),
	    cmocka_unit_test(the_table_of_ratios_has_its_shape),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
