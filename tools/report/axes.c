// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/axes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/figures.h"
#include "setup/topology/topology.h"
#include "tools/report/settings.h"

bool axes_is_metric(const char *name)
{
	return strcmp(name, "saving_percent") == 0 || figure_index(name) >= 0;
}

static int no_metric(const char *name, struct err *err)
{
	char known[900] = "saving_percent";
	size_t used = strlen(known);
	for (const struct column *c = figure_columns; c->name && used < sizeof(known); c++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, ", %s", c->name);
	return err_set(err, EINVAL, "no metric '%.40s': there are %s", name, known);
}

int axes_choose(struct axes *a, char *list, struct err *err)
{
	static const char *const usual[] = {"energy_mj",      "saving_percent", "latency_mean_ms",
					    "latency_p95_ms", "met_share",	"mean_batch"};
	int n = 0;
	if (!list) {
		memcpy(a->metric, usual, sizeof(usual));
		return 0;
	}
	for (char *name; (name = strsep(&list, ","));) {
		if (!axes_is_metric(name))
			return no_metric(name, err);
		if (n == MOST_METRICS)
			return err_set(err, EINVAL, "at most %d metrics are drawn", MOST_METRICS);
		a->metric[n++] = name;
	}
	return 0;
}

static bool is_axis(const char *path)
{
	return strcmp(path, "policy") != 0 && strcmp(path, "name") != 0;
}

static bool same(const struct group *a, const struct group *b, const char *path)
{
	const json_t *x = json_object_get(a->flat, path), *y = json_object_get(b->flat, path);
	return x == y || (x && y && json_equal(x, y));
}

// Whether two groups differ in this axis, policy and engine at most.
static bool share_panel(const struct groups *g, const struct group *a, const struct group *b,
			const char *axis)
{
	const char *path;
	json_t *unused;
	json_object_foreach(g->differing, path, unused)
	{
		bool may_differ = strcmp(path, axis) == 0 || strcmp(path, "policy") == 0;
		if (!may_differ && !same(a, b, path))
			return false;
	}
	return true;
}

static void name_panel(struct axis_panel *panel, const struct groups *g, const char *axis)
{
	const struct group *first = &g->group[panel->group[0]];
	const char *path;
	json_t *unused;
	char text[64];
	size_t used = 0;
	json_object_foreach(g->differing, path, unused)
	{
		if (strcmp(path, axis) == 0 || strcmp(path, "policy") == 0 || used >= sizeof(panel->title))
			continue;
		settings_text(path, json_object_get(first->flat, path), g->differing, text, sizeof(text));
		used += (size_t)snprintf(panel->title + used, sizeof(panel->title) - used, "%s%s",
					 used ? ", " : "", text);
	}
}

// The most points that one curve of the panel has.
static int longest_curve(const struct axis_panel *panel, const struct groups *g)
{
	int most = 0;
	for (int i = 0; i < panel->n_groups; i++) {
		const struct group *a = &g->group[panel->group[i]];
		int n = 0;
		for (int k = 0; k < panel->n_groups; k++) {
			const struct group *b = &g->group[panel->group[k]];
			n += a->simulated == b->simulated && same(a, b, "policy");
		}
		most = n > most ? n : most;
	}
	return most;
}

// The groups that belong to the panel of group i; false when an earlier group has opened it.
static bool collect(struct axis_panel *panel, const struct groups *g, int i, const char *axis)
{
	for (int k = 0; k < g->n; k++) {
		if (!share_panel(g, &g->group[i], &g->group[k], axis))
			continue;
		if (k < i)
			return false;
		panel->group[panel->n_groups++] = k;
	}
	return true;
}

static int find_panels(struct report_axis *axis, const struct groups *g, int least)
{
	for (int i = 0; i < g->n; i++) {
		struct axis_panel panel = {.group = calloc((size_t)g->n, sizeof(int))};
		if (!panel.group)
			return -ENOMEM;
		bool counts = collect(&panel, g, i, axis->path) && longest_curve(&panel, g) >= least;
		if (counts && axis->n_panels < MOST_PANELS) {
			name_panel(&panel, g, axis->path);
			axis->panel[axis->n_panels++] = panel;
			continue;
		}
		axis->n_left_out += counts;
		free(panel.group);
	}
	return 0;
}

static bool are_numbers(const json_t *values)
{
	size_t i;
	const json_t *value;
	json_array_foreach((json_t *)values, i, value)
	{
		if (!json_is_number(value))
			return false;
	}
	return true;
}

int axes_find(struct axes *a, const struct groups *g, int least)
{
	const char *path;
	json_t *values;
	json_object_foreach(g->differing, path, values)
	{
		if (!is_axis(path) || a->n == MOST_AXES)
			continue;
		struct report_axis *axis = &a->axis[a->n];
		*axis = (struct report_axis){.path = path, .values = values, .numeric = are_numbers(values)};
		snprintf(axis->name, sizeof(axis->name), "%.*s",
			 (int)(strlen(path) - strlen(topology_si_suffix(path))), path);
		a->n++;
		if (find_panels(axis, g, least) < 0)
			return -ENOMEM;
	}
	return 0;
}

void axes_free(struct axes *a)
{
	for (int i = 0; i < a->n; i++)
		for (int k = 0; k < a->axis[i].n_panels; k++)
			free(a->axis[i].panel[k].group);
	a->n = 0;
}

void axes_plot_name(char name[72], const struct report_axis *axis, const char *metric, int panel)
{
	snprintf(name, 72, "%.24s-by-%.30s-%d", metric, axis->name, panel + 1);
	for (char *c = name; *c; c++)
		*c = *c == '.' || *c == '/' ? '_' : *c;
}
