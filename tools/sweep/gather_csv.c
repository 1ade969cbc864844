// SPDX-License-Identifier: BSD-3-Clause
// sweep.csv.
#include "tools/sweep/gather.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "records/figures.h"
#include "setup/topology/topology.h"

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

static bool has_range(const struct grid *g, const struct gathered *gathered, int axis)
{
	for (size_t p = 0; p < grid_points(g); p++) {
		const struct gathered_value *v = &gathered->parameters[p * (size_t)g->n_axes + (size_t)axis];
		if (gathered->done[p] && v->low < v->high)
			return true;
	}
	return false;
}

// "cell_bandwidth_hz": what attributes of tables may be called in most languages.
static void print_name(const char *key, const char *ending, FILE *f)
{
	char name[128];
	topology_si_path(key, name, sizeof(name));
	for (char *c = name; *c; c++)
		*c = *c == '.' ? '_' : *c;
	fprintf(f, ",%s%s", name, ending);
}

static void print_head(const struct grid *g, const bool ranges[], FILE *f)
{
	fputs("point,directory", f);
	for (int i = 0; i < g->n_axes; i++) {
		print_name(g->axes[i].key, ranges[i] ? "_low" : "", f);
		if (ranges[i])
			print_name(g->axes[i].key, "_high", f);
	}
	for (int i = 0; i < figure_count(); i++)
		fprintf(f, ",%s", figure_columns[i].name);
	fputs(",not_valid_because\n", f);
}

static void print_number(double v, FILE *f)
{
	if (isnan(v))
		fputc(',', f);
	else
		fprintf(f, ",%.9g", v);
}

static void print_parameter(const struct gathered_value *v, bool range, const char *text, FILE *f)
{
	if (!isnan(v->low)) {
		print_number(v->low, f);
	} else {
		fputc(',', f);
		print_quoted(f, text);
	}
	if (range)
		print_number(v->high, f);
}

static void print_row(const struct grid *g, const struct gathered *gathered, const bool ranges[], size_t p,
		      FILE *f)
{
	char name[GRID_NAME_SIZE], directory[GRID_NAME_SIZE + 8];
	size_t figures = (size_t)figure_count(), axes = (size_t)g->n_axes;
	grid_name(g, p, name);
	snprintf(directory, sizeof(directory), "points/%s", name);
	fprintf(f, "%zu,", p);
	print_quoted(f, directory);
	for (size_t i = 0; i < axes; i++)
		print_parameter(&gathered->parameters[p * axes + i], ranges[i], grid_value(g, p, (int)i), f);
	for (size_t k = 0; k < figures; k++)
		print_number(gathered->values[p * figures + k], f);
	fprintf(f, ",%s\n", gathered->doubts[p]);
}

static void print_csv(const struct grid *g, const struct gathered *gathered, FILE *f)
{
	bool ranges[GRID_MOST_AXES];
	for (int i = 0; i < g->n_axes; i++)
		ranges[i] = has_range(g, gathered, i);
	print_head(g, ranges, f);
	for (size_t p = 0; p < grid_points(g); p++)
		if (gathered->done[p])
			print_row(g, gathered, ranges, p, f);
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
