// SPDX-License-Identifier: BSD-3-Clause
// The table for people: a row a setting, over its repetitions.
#include "tools/sweep/gather.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/estimate.h"
#include "records/figures.h"

static bool repeats(const struct axis *a)
{
	return strcmp(a->key, "seed") == 0 || strcmp(a->key, "run") == 0;
}

// A parameter with one value is the same in every row.
static bool is_shown(const struct axis *a)
{
	return !repeats(a) && a->n_values > 1;
}

// The first point of a setting stands for it.
static bool is_first(const struct grid *g, size_t point)
{
	for (int i = 0; i < g->n_axes; i++)
		if (repeats(&g->axes[i]) && grid_value_index(g, point, i) != 0)
			return false;
	return true;
}

static const struct shown {
	const char *column, *title;
} shown[] = {{"latency_p50_ms", "latency p50 ms"},
	     {"latency_p95_ms", "latency p95 ms"},
	     {"energy_mj", "mJ a task"},
	     {"mean_batch", "mean batch"}};

#define N_SHOWN (sizeof(shown) / sizeof(shown[0]))

static size_t axis_width(const struct axis *a)
{
	size_t width = strlen(a->key);
	for (size_t i = 0; i < a->n_values; i++)
		if (strlen(a->values[i]) > width)
			width = strlen(a->values[i]);
	return width;
}

struct table {
	const struct grid *grid;
	const struct gathered *gathered;
	int width[GRID_MOST_AXES];
	// The points of a setting lie this far behind its first one, ascending.
	size_t *repetition, n_repetitions;
	double *values; // [n_repetitions] room for a column
	FILE *out;
};

static void table_close(struct table *t)
{
	free(t->repetition);
	free(t->values);
}

// From the last axis, whose values lie one point apart, to the first: each axis of repetitions multiplies the
// places that there are by its own.
static void place_repetitions(struct table *t)
{
	size_t stride = 1, n = 1;
	t->repetition[0] = 0;
	for (int i = t->grid->n_axes - 1; i >= 0; i--) {
		const struct axis *a = &t->grid->axes[i];
		if (repeats(a)) {
			for (size_t k = n; k < n * a->n_values; k++)
				t->repetition[k] = k / n * stride + t->repetition[k % n];
			n *= a->n_values;
		}
		stride *= a->n_values;
	}
}

static int table_open(struct table *t, const struct grid *g, const struct gathered *gathered, FILE *out)
{
	*t = (struct table){.grid = g, .gathered = gathered, .n_repetitions = 1, .out = out};
	for (int i = 0; i < g->n_axes; i++) {
		t->width[i] = (int)axis_width(&g->axes[i]);
		t->n_repetitions *= repeats(&g->axes[i]) ? g->axes[i].n_values : 1;
	}
	t->repetition = calloc(t->n_repetitions + 1, sizeof(*t->repetition));
	t->values = calloc(t->n_repetitions + 1, sizeof(*t->values));
	if (!t->repetition || !t->values) {
		table_close(t);
		return -ENOMEM;
	}
	place_repetitions(t);
	return 0;
}

static void print_title(const struct table *t)
{
	for (int i = 0; i < t->grid->n_axes; i++)
		if (is_shown(&t->grid->axes[i]))
			fprintf(t->out, "%-*s  ", t->width[i], t->grid->axes[i].key);
	fprintf(t->out, "%4s %9s", "runs", "met");
	for (size_t i = 0; i < N_SHOWN; i++)
		fprintf(t->out, "  %18s", shown[i].title);
	fputc('\n', t->out);
}

static void print_estimate(double *values, size_t n, FILE *out)
{
	struct estimate e = estimate_of(values, n);
	char text[48];
	if (n == 0)
		snprintf(text, sizeof(text), "-");
	else if (n == 1)
		snprintf(text, sizeof(text), "%.4g", e.mean);
	else
		snprintf(text, sizeof(text), "%.4g +- %.2g", e.mean, e.ci95);
	fprintf(out, "  %18s", text);
}

// The values of a column over the done points of one setting; how many.
static size_t select_values(const struct table *t, size_t first, int column)
{
	size_t n = 0, columns = (size_t)figure_count();
	for (size_t k = 0; k < t->n_repetitions; k++) {
		size_t p = first + t->repetition[k];
		double v = t->gathered->values[p * columns + (size_t)column];
		if (t->gathered->done[p] && !isnan(v))
			t->values[n++] = v;
	}
	return n;
}

static double sum_of(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

static void print_setting(const struct table *t, size_t first)
{
	size_t runs = select_values(t, first, figure_index("done"));
	double done = sum_of(t->values, runs);
	size_t n = select_values(t, first, figure_index("met"));
	double met = sum_of(t->values, n);
	for (int i = 0; i < t->grid->n_axes; i++)
		if (is_shown(&t->grid->axes[i]))
			fprintf(t->out, "%-*s  ", t->width[i], grid_value(t->grid, first, i));
	fprintf(t->out, "%4zu ", runs);
	if (done > 0)
		fprintf(t->out, "%7.2f %%", 100 * met / done);
	else
		fprintf(t->out, "%9s", "-");
	for (size_t i = 0; i < N_SHOWN; i++) {
		n = select_values(t, first, figure_index(shown[i].column));
		print_estimate(t->values, n, t->out);
	}
	fputc('\n', t->out);
}

void gather_print(const struct grid *g, const struct gathered *gathered, FILE *out)
{
	struct table t;
	if (table_open(&t, g, gathered, out) < 0)
		return;
	print_title(&t);
	for (size_t p = 0; p < grid_points(g); p++)
		if (is_first(g, p))
			print_setting(&t, p);
	table_close(&t);
}
