// SPDX-License-Identifier: BSD-3-Clause
#include "emu/sweep/gather.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/estimate.h"
#include "emu/sweep/columns.h"
#include "emu/sweep/point.h"

static int n_columns(void)
{
	int n = 0;
	while (sweep_columns[n].name)
		n++;
	return n;
}

static double value_of(const json_t *v)
{
	return json_is_boolean(v) ? json_is_true(v) : json_is_number(v) ? json_number_value(v) : NAN;
}

int gather(const struct grid *g, struct gathered *out, struct err *err)
{
	size_t n = grid_points(g), columns = (size_t)n_columns();
	*out = (struct gathered){.values = calloc(n * columns, sizeof(double)), .done = calloc(n, 1)};
	if (!out->values || !out->done) {
		gathered_free(out);
		return err_set(err, ENOMEM, "no memory for %zu points", n);
	}
	for (size_t i = 0; i < n; i++) {
		json_t *summary = point_summary(g, i);
		out->done[i] = summary != NULL;
		out->n_done += summary != NULL;
		for (size_t k = 0; k < columns; k++)
			out->values[i * columns + k] = value_of(sweep_value(summary, (int)k));
		json_decref(summary);
	}
	return 0;
}

void gathered_free(struct gathered *gathered)
{
	free(gathered->values);
	free(gathered->done);
	*gathered = (struct gathered){0};
}

// As RFC 4180 wants it.
static void print_quoted(FILE *f, const char *text)
{
	if (!strpbrk(text, ",\"\n")) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++)
		fprintf(f, *text == '"' ? "\"\"" : "%c", *text);
	fputc('"', f);
}

static void print_csv(const struct grid *g, const struct gathered *gathered, FILE *f)
{
	int columns = n_columns();
	fputs("point", f);
	for (int i = 0; i < g->n_axes; i++) {
		fputc(',', f);
		print_quoted(f, g->axes[i].key);
	}
	fputc(',', f);
	columns_csv_header(f, sweep_columns);
	for (size_t p = 0; p < grid_points(g); p++) {
		if (!gathered->done[p])
			continue;
		fprintf(f, "%zu", p);
		for (int i = 0; i < g->n_axes; i++) {
			fputc(',', f);
			print_quoted(f, grid_value(g, p, i));
		}
		for (int k = 0; k < columns; k++) {
			double v = gathered->values[p * (size_t)columns + (size_t)k];
			if (isnan(v))
				fputc(',', f);
			else
				fprintf(f, ",%.9g", v);
		}
		fputc('\n', f);
	}
}

int gather_write_csv(const struct grid *g, const struct gathered *gathered, struct err *err)
{
	char path[PATH_MAX + 16], *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return err_set(err, ENOMEM, "no memory for sweep.csv");
	print_csv(g, gathered, f);
	int r = fclose(f) == 0 ? 0 : err_set(err, ENOMEM, "no memory for sweep.csv");
	snprintf(path, sizeof(path), "%s/sweep.csv", g->directory);
	r = r < 0 ? r : write_file_atomically(path, text, size, err);
	free(text);
	return r;
}

static bool repeats(const struct axis *a)
{
	return strcmp(a->key, "seed") == 0 || strcmp(a->key, "run") == 0;
}

// A parameter with one value is the same in every row.
static bool is_shown(const struct axis *a)
{
	return !repeats(a) && a->n_values > 1;
}

// Whether two points differ in seed and run only.
static bool same_setting(const struct grid *g, size_t a, size_t b)
{
	for (int i = 0; i < g->n_axes; i++)
		if (!repeats(&g->axes[i]) && grid_value_index(g, a, i) != grid_value_index(g, b, i))
			return false;
	return true;
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

static void print_title(const struct grid *g, FILE *out)
{
	for (int i = 0; i < g->n_axes; i++)
		if (is_shown(&g->axes[i]))
			fprintf(out, "%-*s  ", (int)axis_width(&g->axes[i]), g->axes[i].key);
	fprintf(out, "%4s %9s", "runs", "met");
	for (size_t i = 0; i < N_SHOWN; i++)
		fprintf(out, "  %18s", shown[i].title);
	fputc('\n', out);
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
static size_t select_values(const struct grid *g, const struct gathered *gathered, size_t first, int column,
			    double *values)
{
	size_t n = 0, columns = (size_t)n_columns();
	for (size_t p = first; p < grid_points(g); p++)
		if (gathered->done[p] && same_setting(g, first, p) &&
		    !isnan(gathered->values[p * columns + (size_t)column]))
			values[n++] = gathered->values[p * columns + (size_t)column];
	return n;
}

static double sum_of(const double *values, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum;
}

static void print_setting(const struct grid *g, const struct gathered *gathered, size_t first, double *values,
			  FILE *out)
{
	size_t runs = select_values(g, gathered, first, sweep_column("done"), values);
	double done = sum_of(values, runs);
	size_t n = select_values(g, gathered, first, sweep_column("met"), values);
	double met = sum_of(values, n);
	for (int i = 0; i < g->n_axes; i++)
		if (is_shown(&g->axes[i]))
			fprintf(out, "%-*s  ", (int)axis_width(&g->axes[i]), grid_value(g, first, i));
	fprintf(out, "%4zu ", runs);
	if (done > 0)
		fprintf(out, "%7.2f %%", 100 * met / done);
	else
		fprintf(out, "%9s", "-");
	for (size_t i = 0; i < N_SHOWN; i++) {
		n = select_values(g, gathered, first, sweep_column(shown[i].column), values);
		print_estimate(values, n, out);
	}
	fputc('\n', out);
}

void gather_print(const struct grid *g, const struct gathered *gathered, FILE *out)
{
	double *values = calloc(grid_points(g), sizeof(double));
	if (!values)
		return;
	print_title(g, out);
	for (size_t p = 0; p < grid_points(g); p++)
		if (is_first(g, p))
			print_setting(g, gathered, p, values, out);
	free(values);
}
