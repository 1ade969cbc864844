// SPDX-License-Identifier: BSD-3-Clause
// A GPU that is taken at times: plans fit into the gaps, and never cost more than behind the last of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/check.h"
#include "tests/unit/edge/policy_random.h"
#include "tests/unit/edge/policy_reference.h"

enum { CASES = 3000, MOST_BUSY = 6 };

struct scene {
	struct rng *rng;
	struct plan *plan;
	struct instance *instance;
	struct busy busy[MOST_BUSY];
};

static int open_scene(void **state)
{
	static struct scene scene;
	scene.rng = rng_new(test_seed(), 0, RNG_TEST, 0);
	scene.plan = plan_new(16, 16);
	*state = &scene;
	return scene.rng && scene.plan ? 0 : -1;
}

static int close_scene(void **state)
{
	struct scene *scene = *state;
	rng_free(scene->rng);
	plan_free(scene->plan);
	return 0;
}

static struct cost cost_of(struct scene *scene, const char *name, const struct snapshot *snapshot)
{
	struct err err = {""};
	if (policy_plan(policy_find(name, NULL), snapshot, scene->plan, &err) < 0 ||
	    plan_check(snapshot, scene->plan, &err) < 0) {
		instance_print(scene->instance);
		fail_msg("%s: %s", name, err.text);
	}
	struct cost cost = {0, scene->plan->energy_j};
	for (int m = 0; m < snapshot->n_jobs; m++)
		cost.late += !scene->plan->jobs[m].feasible;
	return cost;
}

static void draw(struct scene *scene, struct instance_shape shape, int most_busy)
{
	scene->instance = instance_new(scene->rng, &shape);
	assert_non_null(scene->instance);
	instance_draw_busy(scene->rng, scene->instance, scene->busy, most_busy);
}

static struct instance_shape any_shape(struct rng *rng, int networks)
{
	return (struct instance_shape){.jobs = 1 + (int)rng_below(rng, 8),
				       .networks = networks,
				       .subtasks = 1 + (int)rng_below(rng, 6),
				       .growth = (enum batch_growth)rng_below(rng, 3),
				       .equal_deadlines = rng_below(rng, 2),
				       .plain = rng_below(rng, 4) == 0,
				       .edge_power = true};
}

static void expect_at_most(struct scene *scene, const char *name, struct cost cost, struct cost bound)
{
	if (cost.late < bound.late ||
	    (cost.late == bound.late && cost.j <= bound.j + 1e-9 * fmax(fabs(bound.j), 1e-12)))
		return;
	instance_print(scene->instance);
	fail_msg("%s: %d late, %.12g J, above %d late, %.12g J", name, cost.late, cost.j, bound.late,
		 bound.j);
}

static void no_batch_runs_while_the_gpu_is_taken(void **state)
{
	struct scene *scene = *state;
	for (int i = 0; i < CASES; i++) {
		draw(scene, any_shape(scene->rng, rng_below(scene->rng, 4) == 0 ? 3 : 1), MOST_BUSY);
		const struct snapshot *s = &scene->instance->snapshot;
		for (const struct policy *policy = policies; policy->name; policy++) {
			if (!plans_networks(policy, s->n_networks))
				continue;
			cost_of(scene, policy->name, s);
			for (int k = 0; k < scene->plan->n_batches; k++)
				for (int t = 0; t < s->servers[0].n_busy; t++) {
					const struct plan_batch *b = &scene->plan->batches[k];
					assert_true(b->start_s + b->duration_s <=
							s->servers[0].busy[t].start_s + 1e-9 ||
						    b->start_s >= s->servers[0].busy[t].end_s - 1e-9);
				}
		}
		instance_free(scene->instance);
	}
}

static void gaps_never_cost_more_than_waiting_for_the_last(void **state)
{
	static const char *const names[] = {
	    "ip-ssa", "ip-ssa:keep-best", "ip-ssa:tighten", "ip-ssa-np", "og", "j-dob", "ps", "lc"};
	struct scene *scene = *state;
	for (int i = 0; i < CASES; i++) {
		draw(scene, any_shape(scene->rng, 1), MOST_BUSY);
		struct snapshot *s = &scene->instance->snapshot, behind = *s;
		behind.servers[0].n_busy = 0;
		if (s->servers[0].n_busy > 0)
			behind.servers[0].free_s = s->servers[0].busy[s->servers[0].n_busy - 1].end_s;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			struct cost bound = cost_of(scene, names[k], &behind);
			expect_at_most(scene, names[k], cost_of(scene, names[k], s), bound);
		}
		instance_free(scene->instance);
	}
}

static void og_costs_no_more_than_ip_ssa(void **state)
{
	struct scene *scene = *state;
	for (int i = 0; i < CASES; i++) {
		draw(scene, any_shape(scene->rng, 1), MOST_BUSY);
		const struct snapshot *s = &scene->instance->snapshot;
		expect_at_most(scene, "og", cost_of(scene, "og", s), cost_of(scene, "ip-ssa", s));
		instance_free(scene->instance);
	}
}

// The search over all cuts, memberships and orders knows the taken times, too.
static void no_plan_beats_the_optimum(void **state)
{
	struct scene *scene = *state;
	for (int i = 0; i < CASES; i++) {
		struct instance_shape shape = any_shape(scene->rng, 1);
		shape.jobs = 1 + (int)rng_below(scene->rng, 3);
		shape.subtasks = 1 + (int)rng_below(scene->rng, 3);
		draw(scene, shape, 3);
		const struct snapshot *s = &scene->instance->snapshot;
		struct cost optimum = reference_optimum(s);
		expect_at_most(scene, "the optimum", optimum, cost_of(scene, "ip-ssa", s));
		expect_at_most(scene, "the optimum", optimum, cost_of(scene, "og", s));
		expect_at_most(scene, "the optimum", optimum, cost_of(scene, "fifo", s));
		instance_free(scene->instance);
	}
}

// With one user each gap is a problem of its own, and the best of them is the optimum.
static void one_user_gets_its_best_gap(void **state)
{
	struct scene *scene = *state;
	for (int i = 0; i < CASES; i++) {
		struct instance_shape shape = any_shape(scene->rng, 1);
		shape.jobs = 1;
		draw(scene, shape, MOST_BUSY);
		const struct snapshot *s = &scene->instance->snapshot;
		double end_s = reference_end_s(s, 0), free_s = s->servers[0].free_s;
		struct cost best = reference_local(s, 0);
		for (int k = 0; k <= s->servers[0].n_busy; k++) {
			double until_s = k < s->servers[0].n_busy ? s->servers[0].busy[k].start_s : INFINITY;
			struct cost cost = reference_ip_ssa(s, 1, free_s, fmin(end_s, until_s));
			best = cost_less(cost, best) ? cost : best;
			free_s = k < s->servers[0].n_busy ? s->servers[0].busy[k].end_s : 0;
		}
		static const char *const names[] = {"ip-ssa", "og", "ps", "fifo"};
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			struct cost cost = cost_of(scene, names[k], s);
			expect_at_most(scene, names[k], cost, best);
			expect_at_most(scene, "the best gap", best, cost);
		}
		instance_free(scene->instance);
	}
}

static void refuse(struct snapshot *snapshot, struct plan *plan, const char *sentence)
{
	struct err err = {""};
	assert_int_equal(policy_plan(policy_find("lc", NULL), snapshot, plan, &err), -EINVAL);
	assert_string_equal(err.text, sentence);
}

static void taken_times_ascend(void **state)
{
	struct scene *scene = *state;
	struct instance_shape shape = {.jobs = 1, .networks = 1, .subtasks = 1, .plain = true};
	draw(scene, shape, 0);
	struct busy busy[] = {{1, 2}, {1.5, 3}};
	struct snapshot *s = &scene->instance->snapshot;
	s->servers[0].busy = busy;
	s->servers[0].n_busy = 2;
	refuse(
	    s, scene->plan,
	    "servers[0].busy[1] is 1.5 to 3: must be finite, end after it starts, and start at 2 or later");
	busy[1] = (struct busy){2, 2};
	refuse(s, scene->plan,
	       "servers[0].busy[1] is 2 to 2: must be finite, end after it starts, and start at 2 or later");
	instance_free(scene->instance);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_batch_runs_while_the_gpu_is_taken),
	    cmocka_unit_test(gaps_never_cost_more_than_waiting_for_the_last),
	    cmocka_unit_test(og_costs_no_more_than_ip_ssa),
	    cmocka_unit_test(no_plan_beats_the_optimum),
	    cmocka_unit_test(one_user_gets_its_best_gap),
	    cmocka_unit_test(taken_times_ascend),
	};
	return cmocka_run_group_tests(tests, open_scene, close_scene);
}
