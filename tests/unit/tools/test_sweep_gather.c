// SPDX-License-Identifier: BSD-3-Clause
// The table of a sweep: a row a setting, whose figures are those of its done seeds and runs, wherever these
// stand among the axes; and a large grid costs no more than its points.
#include <math.h>
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
#include "records/figures.h"
#include "tools/sweep/gather.h"

static uint64_t seed;

static void add_axis(struct grid *g, const char *text)
{
	struct err err;
	if (axis_parse(&g->axes[g->n_axes++], text, &err) < 0)
		fail_msg("%s", err.text);
}

// Most points done, with as many tasks met as the generator says.
static struct gathered draw(const struct grid *g)
{
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	size_t n = grid_points(g), columns = (size_t)figure_count();
	struct gathered all = {.values = calloc(n * columns, sizeof(double)), .done = calloc(n, 1)};
	assert_true(all.values && all.done);
	for (size_t p = 0; p < n; p++) {
		all.done[p] = rng_below(rng, 5) > 0;
		for (size_t k = 0; k < columns; k++)
			all.values[p * columns + k] = rng_below(rng, 9) ? (double)rng_below(rng, 100) : NAN;
		all.values[p * columns + (size_t)figure_index("done")] = 100;
	}
	rng_free(rng);
	return all;
}

static char *printed(const struct grid *g, const struct gathered *all)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	gather_print(g, all, f);
	fclose(f);
	return text;
}

// What the row of ues.count = `value` must begin with, by looking at every point.
static void expect(const struct grid *g, const struct gathered *all, int axis, size_t value, char *row,
		   size_t size)
{
	size_t runs = 0, columns = (size_t)figure_count();
	double met = 0;
	for (size_t p = 0; p < grid_points(g); p++) {
		double v = all->values[p * columns + (size_t)figure_index("met")];
		if (!all->done[p] || grid_value_index(g, p, axis) != value)
			continue;
		runs++;
		met += isnan(v) ? 0 : v;
	}
	int used = snprintf(row, size, "\n%-9s  %4zu ", g->axes[axis].values[value], runs);
	if (runs > 0)
		snprintf(row + used, size - (size_t)used, "%7.2f %%  ", met / (double)runs);
	else
		snprintf(row + used, size - (size_t)used, "%9s  ", "-");
}

static void check(const char *first, const char *second, const char *third, int axis)
{
	struct grid g = {0};
	add_axis(&g, first);
	add_axis(&g, second);
	add_axis(&g, third);
	struct gathered all = draw(&g);
	char *text = printed(&g, &all), row[80];
	size_t lines = 0;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 1 + g.axes[axis].n_values);
	for (size_t value = 0; value < g.axes[axis].n_values; value++) {
		expect(&g, &all, axis, value, row, sizeof(row));
		if (!strstr(text, row))
			fail_msg("no row '%s' in\n%s", row, text);
	}
	free(text);
	gathered_free(&all);
	grid_free(&g);
}

static void test_rows_are_settings(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++, seed++) {
		check("seed=1,2", "ues.count=2,3,4", "run=1,2", 1);
		check("seed=1,2", "run=1,2,3", "ues.count=2,3", 2);
		check("ues.count=2,3,4", "run=1,2", "seed=1,2,3", 0);
	}
}

// Where every row looked at every point, this would take minutes.
static void test_large_grid(void **state)
{
	(void)state;
	struct grid g = {0};
	add_axis(&g, "ues.count=1:10000:1");
	add_axis(&g, "policy=lc,ps,og,fifo,ip-ssa");
	add_axis(&g, "seed=1,2");
	struct gathered all = draw(&g);
	char *text = printed(&g, &all);
	size_t lines = 0;
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 1 + 50000);
	free(text);
	gathered_free(&all);
	grid_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_are_settings),
	    cmocka_unit_test(test_large_grid),
	};
	seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
