// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/grid.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/hash.h"

#define PLAIN_NAME 150 // a longer name ends in a hash

size_t grid_points(const struct grid *g)
{
	size_t n = 1;
	for (int i = 0; i < g->n_axes && n > 0; i++)
		n = n * g->axes[i].n_values <= GRID_MOST_POINTS ? n * g->axes[i].n_values : 0;
	return n;
}

size_t grid_value_index(const struct grid *g, size_t point, int axis)
{
	for (int i = g->n_axes - 1; i > axis; i--)
		point /= g->axes[i].n_values;
	return point % g->axes[axis].n_values;
}

const char *grid_value(const struct grid *g, size_t point, int axis)
{
	return g->axes[axis].values[grid_value_index(g, point, axis)];
}

void grid_name(const struct grid *g, size_t point, char name[GRID_NAME_SIZE])
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	for (int i = 0; f && i < g->n_axes; i++)
		fprintf(f, "%s%s=%s", i ? "," : "", g->axes[i].key, grid_value(g, point, i));
	if (!f || fclose(f) != 0 || !text) {
		snprintf(name, GRID_NAME_SIZE, "point-%zu", point);
		return;
	}
	uint64_t hash = hash_bytes(HASH_START, text, size);
	bool changed = size > PLAIN_NAME;
	for (char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._=,+-%", *c)) {
			*c = '-';
			changed = true;
		}
	if (g->n_axes == 0)
		snprintf(name, GRID_NAME_SIZE, "only");
	else if (changed)
		snprintf(name, GRID_NAME_SIZE, "%.*s-%016" PRIx64, PLAIN_NAME, text, hash);
	else
		snprintf(name, GRID_NAME_SIZE, "%s", text);
	free(text);
}

void grid_path(const struct grid *g, size_t point, const char *suffix, char path[PATH_MAX])
{
	char name[GRID_NAME_SIZE];
	grid_name(g, point, name);
	// grid_save and grid_load have refused directories that leave no room for this.
	snprintf(path, PATH_MAX, "%.*s/points/%s%s", PATH_MAX - GRID_NAME_SIZE - 40, g->directory, name,
		 suffix);
}

const char **grid_overrides(const struct grid *g, size_t point, bool swept)
{
	size_t n = 0, size = ((size_t)g->n_axes + 1) * sizeof(char *);
	for (int i = 0; i < g->n_axes; i++)
		size += strlen(g->axes[i].key) + strlen(grid_value(g, point, i)) + 2;
	const char **set = malloc(size);
	if (!set)
		return NULL;
	char *text = (char *)(set + g->n_axes + 1);
	for (int i = 0; i < g->n_axes; i++) {
		if ((g->axes[i].n_values > 1) != swept)
			continue;
		set[n++] = text;
		text += sprintf(text, "%s=%s", g->axes[i].key, grid_value(g, point, i)) + 1;
	}
	set[n] = NULL;
	return set;
}

void grid_free(struct grid *g)
{
	for (int i = 0; i < g->n_axes; i++)
		axis_free(&g->axes[i]);
	g->n_axes = 0;
}
