// SPDX-License-Identifier: BSD-3-Clause
// The grid of a sweep: what the command line says is what is run, every combination once, under names that
// tell them apart.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tools/sweep/grid.h"

static void check_values(const char *text, size_t n, const char *const *values)
{
	struct axis axis;
	struct err err = {""};
	if (axis_parse(&axis, text, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	assert_int_equal(axis.n_values, n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(axis.values[i], values[i]);
	axis_free(&axis);
}

static void test_lists(void **state)
{
	(void)state;
	check_values("ues.count=2,4,8", 3, (const char *[]){"2", "4", "8"});
	check_values("policy=ip-ssa:keep-best,lc", 2, (const char *[]){"ip-ssa:keep-best", "lc"});
	check_values("capture.points=[radio,edge],none", 2, (const char *[]){"radio,edge", "none"});
	check_values("ues.distance=20m..100m", 1, (const char *[]){"20m..100m"});
}

static void test_ranges(void **state)
{
	(void)state;
	check_values("ues.count=2:8:2", 4, (const char *[]){"2", "4", "6", "8"});
	check_values("cell.bandwidth=1MHz:2MHz:0.4MHz", 3, (const char *[]){"1MHz", "1.4MHz", "1.8MHz"});
	check_values("ue1.gain=-60dB:-100dB:-20dB", 3, (const char *[]){"-60dB", "-80dB", "-100dB"});
	check_values("a=0:0.3:0.1", 4, (const char *[]){"0", "0.1", "0.2", "0.3"}); // 3 * 0.1 > 0.3
	check_values("a=5:5:1", 1, (const char *[]){"5"});
}

// low:high:step has floor((high - low) / step) + 1 values; with whole numbers there is nothing to round.
static void test_random_ranges(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	for (int i = 0; i < 500; i++) {
		int low = (int)rng_below(rng, 200) - 100, step = (int)rng_below(rng, 9) + 1,
		    high = low + (int)rng_below(rng, 300);
		char text[80];
		struct axis axis;
		struct err err;
		snprintf(text, sizeof(text), "k=%ddB:%ddB:%ddB", low, high, step);
		assert_int_equal(axis_parse(&axis, text, &err), 0);
		assert_int_equal(axis.n_values, (high - low) / step + 1);
		for (size_t k = 0; k < axis.n_values; k++)
			assert_int_equal(atoi(axis.values[k]), low + (int)k * step);
		axis_free(&axis);
	}
	rng_free(rng);
}

static void test_numbers(void **state)
{
	(void)state;
	struct axis axis;
	struct err err;
	assert_int_equal(axis_parse_numbers(&axis, "seed", "1-3,7,9-10", &err), 0);
	const char *const right[] = {"1", "2", "3", "7", "9", "10"};
	assert_int_equal(axis.n_values, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(axis.values[i], right[i]);
	axis_free(&axis);
	const char *const wrong[] = {"",   "a",	    "3-1",	     "1-",  "1,,2",
				     "-3", "1-2-3", "1-99999999999", "1,1", "1-200000"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_true(axis_parse_numbers(&axis, "seed", wrong[i], &err) < 0);
		assert_true(strlen(err.text) > 0);
		axis_free(&axis);
	}
}

static void test_refused(void **state)
{
	(void)state;
	const char *const wrong[] = {"ues.count", "=3",	     "a=",	 "a=1,,2",  "a=1,",
				     "a=1,1",	  "a=1:5:0", "a=1:5:-1", "a=5:1:1", "a=0:1000000:1"};
	// What was meant for a range, or for a decimal, says so.
	const char *const meant[][2] = {{"a=1:2", "1:2:1"},
					{"a=2MHz:10MHz", "without a step"},
					{"a=-60dB:-80dB", "without a step"},
					{"a=1MHz:2MHz:1kHz", "same unit"},
					{"a=1:2:3:4", "low:high:step"},
					{"a=1,5MHz", "1.5MHz"},
					{"a=-95,5dB", "-95.5dB"}};
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		struct axis axis;
		struct err err = {""};
		assert_true(axis_parse(&axis, meant[i][0], &err) < 0);
		if (!strstr(err.text, meant[i][1]))
			fail_msg("%s", err.text);
		axis_free(&axis);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct axis axis;
		struct err err = {""};
		assert_true(axis_parse(&axis, wrong[i], &err) < 0);
		assert_true(strlen(err.text) > 0);
		axis_free(&axis);
	}
}

static void fill(struct grid *g)
{
	struct err err;
	*g = (struct grid){.directory = "/d"};
	assert_int_equal(
	    axis_parse(&g->axes[g->n_axes++], "policy=lc,ip-ssa:keep-best,ip-ssa-keep-best", &err), 0);
	assert_int_equal(axis_parse(&g->axes[g->n_axes++], "ues.count=2:10:2", &err), 0);
	assert_int_equal(axis_parse_numbers(&g->axes[g->n_axes++], "seed", "1-4", &err), 0);
}

// Every combination of values once: points and index vectors are one to one.
static void test_every_combination_once(void **state)
{
	(void)state;
	struct grid g;
	fill(&g);
	bool seen[3][5][4] = {0};
	assert_int_equal(grid_points(&g), 60);
	for (size_t p = 0; p < 60; p++) {
		size_t a = grid_value_index(&g, p, 0), b = grid_value_index(&g, p, 1),
		       c = grid_value_index(&g, p, 2);
		assert_int_equal(p, (a * 5 + b) * 4 + c); // the last varies fastest
		assert_false(seen[a][b][c]);
		seen[a][b][c] = true;
		const char **set = grid_overrides(&g, p, true);
		char right[64];
		snprintf(right, sizeof(right), "ues.count=%zu", 2 + 2 * b);
		assert_string_equal(set[1], right);
		assert_null(set[3]);
		free(set);
	}
	grid_free(&g);
}

// Names are file names, all different, and a point keeps its own when an axis gets more values.
static void test_names(void **state)
{
	(void)state;
	struct grid g;
	fill(&g);
	char names[60][GRID_NAME_SIZE];
	for (size_t p = 0; p < 60; p++) {
		grid_name(&g, p, names[p]);
		assert_null(strpbrk(names[p], "/: "));
		for (size_t q = 0; q < p; q++)
			assert_string_not_equal(names[p], names[q]);
	}
	struct grid more = {0};
	struct err err;
	axis_parse(&more.axes[more.n_axes++], "policy=og,lc", &err);
	axis_parse(&more.axes[more.n_axes++], "ues.count=4", &err);
	axis_parse(&more.axes[more.n_axes++], "seed=3", &err);
	char name[GRID_NAME_SIZE];
	grid_name(&more, 1, name);
	assert_string_equal(name, names[(0 * 5 + 1) * 4 + 2]);
	grid_free(&more);
	grid_free(&g);
}

static void test_long_names(void **state)
{
	(void)state;
	struct grid g = {0};
	struct err err;
	char text[4000];
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "some.long.key.number%d=a-long-value-of-it,another-long-value",
			 i);
		assert_int_equal(axis_parse(&g.axes[g.n_axes++], text, &err), 0);
	}
	char first[GRID_NAME_SIZE], second[GRID_NAME_SIZE];
	assert_int_equal(grid_points(&g), 0); // 2^20 is too many
	axis_free(&g.axes[--g.n_axes]);
	assert_int_equal(grid_points(&g), 524288);
	grid_name(&g, 0, first);
	grid_name(&g, 1, second);
	assert_true(strlen(first) < GRID_NAME_SIZE - 1);
	assert_string_not_equal(first, second);
	grid_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists),   cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_numbers), cmocka_unit_test(test_random_ranges),
	    cmocka_unit_test(test_refused), cmocka_unit_test(test_every_combination_once),
	    cmocka_unit_test(test_names),   cmocka_unit_test(test_long_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
