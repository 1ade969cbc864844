// SPDX-License-Identifier: BSD-3-Clause
// The layer-level schedule of trees against all topological orders.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "edge/policy/pipeline/tree.h"
#include "tests/unit/edge/policy_random.h"

enum { MOST = 8 };

struct tree {
	int n, parent[MOST];
	double p[MOST], q[MOST];
};

static struct tree draw(struct rng *rng, bool whole)
{
	struct tree t = {.n = 1 + (int)rng_below(rng, MOST)};
	for (int i = 0; i < t.n; i++) {
		t.parent[i] = i == 0 || rng_below(rng, 12) == 0 ? -1 : (int)rng_below(rng, (uint64_t)i);
		t.p[i] = whole ? (double)rng_below(rng, 5) : rng_uniform(rng, 0, 3);
		t.q[i] = whole ? (double)rng_below(rng, 5) : rng_uniform(rng, 0, 3);
	}
	return t;
}

// Whether layer i may be next: of an out-tree its parent is there, of an in-tree all whose parent it is.
static bool may_follow(const struct tree *t, enum tree_direction direction, int i, unsigned taken)
{
	if (direction == TREE_OUT)
		return t->parent[i] < 0 || (taken >> t->parent[i] & 1);
	for (int k = 0; k < t->n; k++)
		if (t->parent[k] == i && !(taken >> k & 1))
			return false;
	return true;
}

static double best_from(const struct tree *t, enum tree_direction direction, unsigned taken, int order[],
			int n)
{
	if (n == t->n)
		return tree_makespan_s(t->p, t->q, order, n);
	double best = INFINITY;
	for (int i = 0; i < t->n; i++) {
		if ((taken >> i & 1) || !may_follow(t, direction, i, taken))
			continue;
		order[n] = i;
		best = fmin(best, best_from(t, direction, taken | 1U << i, order, n + 1));
	}
	return best;
}

static void is_the_best_of_all_orders(enum tree_direction direction, struct rng *rng)
{
	for (int i = 0; i < 600; i++) {
		struct tree t = draw(rng, i % 2);
		int order[MOST], trial[MOST];
		double makespan_s;
		struct err err = {""};
		if (tree_schedule(t.parent, t.p, t.q, t.n, direction, order, &makespan_s, &err) < 0)
			fail_msg("%s", err.text);
		unsigned taken = 0;
		for (int k = 0; k < t.n; k++) {
			assert_true(order[k] >= 0 && order[k] < t.n && !(taken >> order[k] & 1));
			assert_true(may_follow(&t, direction, order[k], taken));
			taken |= 1U << order[k];
		}
		double best = best_from(&t, direction, 0, trial, 0);
		if (fabs(makespan_s - best) > 1e-9)
			fail_msg("tree %d of %d layers: %.9g, the best order takes %.9g", i, t.n, makespan_s,
				 best);
	}
	rng_free(rng);
}

static void out_trees_are_ordered_optimally(void **state)
{
	(void)state;
	is_the_best_of_all_orders(TREE_OUT, rng_new(test_seed(), 0, RNG_TEST, 11));
}

static void in_trees_are_ordered_optimally(void **state)
{
	(void)state;
	is_the_best_of_all_orders(TREE_IN, rng_new(test_seed(), 0, RNG_TEST, 12));
}

static void the_example_has_its_answer(void **state)
{
	(void)state;
	const int parent[] = {-1, 0, 0};
	const double p[] = {1, 2, 1}, q[] = {0, 1, 3};
	int order[3];
	double makespan_s;
	assert_int_equal(tree_schedule(parent, p, q, 3, TREE_OUT, order, &makespan_s, NULL), 0);
	assert_int_equal(order[0], 0);
	assert_int_equal(order[1], 2);
	assert_int_equal(order[2], 1);
	assert_float_equal(makespan_s, 6, 1e-12);
}

static void what_is_no_tree_is_refused_with_its_path(void **state)
{
	(void)state;
	static const struct {
		int parent[4];
		const char *path;
	} wrong[] = {
	    {{-1, 1, 0, 0}, "parent[1] is 1"}, {{1, 2, 0, -1}, "parent[0] is 1"},
	    {{-1, 4, 0, 0}, "parent[1] is 4"}, {{-2, 0, 0, 0}, "parent[0] is -2"},
	    {{-1, 0, 3, 2}, "parent[2] is 3"},
	};
	const double times[4] = {1, 1, 1, 1};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int order[4];
		double makespan_s;
		struct err err = {""};
		assert_true(
		    tree_schedule(wrong[i].parent, times, times, 4, TREE_OUT, order, &makespan_s, &err) < 0);
		if (!strstr(err.text, wrong[i].path))
			fail_msg("'%s' should say '%s'", err.text, wrong[i].path);
	}
}

// A chain, a star and a random tree of 100,000 layers: done, in whatever order is allowed.
static void a_hundred_thousand_layers_are_ordered(void **state)
{
	(void)state;
	enum { N = 100000 };
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 13);
	int *parent = calloc(N, sizeof(*parent)), *order = calloc(N, sizeof(*order));
	double *p = calloc(N, sizeof(*p)), *q = calloc(N, sizeof(*q)), makespan_s;
	for (int kind = 0; kind < 3; kind++) {
		double sum_p = 0, sum_q = 0;
		for (int i = 0; i < N; i++) {
			parent[i] = kind == 0 || i == 0 ? i - 1
				    : kind == 1		? 0
							: (int)rng_below(rng, (uint64_t)i);
			sum_p += p[i] = rng_uniform(rng, 0, 1);
			sum_q += q[i] = rng_uniform(rng, 0, 1);
		}
		assert_int_equal(tree_schedule(parent, p, q, N, TREE_OUT, order, &makespan_s, NULL), 0);
		assert_true(makespan_s >= fmax(sum_p, sum_q) && makespan_s <= sum_p + sum_q);
	}
	free(parent);
	free(order);
	free(p);
	free(q);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(out_trees_are_ordered_optimally),
	    cmocka_unit_test(in_trees_are_ordered_optimally),
	    cmocka_unit_test(the_example_has_its_answer),
	    cmocka_unit_test(what_is_no_tree_is_refused_with_its_path),
	    cmocka_unit_test(a_hundred_thousand_layers_are_ordered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
