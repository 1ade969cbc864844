// SPDX-License-Identifier: BSD-3-Clause
#include "emu/sweep/gather.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "emu/sweep/columns.h"
#include "emu/sweep/point.h"

static double value_of(const json_t *v)
{
	return json_is_boolean(v) ? json_is_true(v) : json_is_number(v) ? json_number_value(v) : NAN;
}

int gather(const struct grid *g, struct gathered *out, struct err *err)
{
	size_t n = grid_points(g), columns = (size_t)sweep_n_columns();
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
	int columns = sweep_n_columns();
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
