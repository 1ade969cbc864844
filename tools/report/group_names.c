// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/group_names_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/summary.h"
#include "tools/report/settings.h"

#define MOST_NAMED 4 // of more settings a label says nothing: a number tells groups apart then

#define LEGEND_WIDTH 38 // characters

struct name_parts {
	bool engine, topology, settings, number;
};

// Of the settings in which any groups differ, this group's: ", bandwidth=5 MHz, count=4".
static void write_settings(char *name, size_t size, const struct groups *g, const struct group *group)
{
	const char *path;
	json_t *unused;
	char text[64];
	size_t used = strlen(name);
	json_object_foreach(g->differing, path, unused)
	{
		if (strcmp(path, "policy") == 0 || strcmp(path, "name") == 0)
			continue;
		settings_text(path, json_object_get(group->flat, path), g->differing, text, sizeof(text));
		used += (size_t)snprintf(name + used, used < size ? size - used : 0, ", %s", text);
	}
}

static void write_name(char name[160], const struct groups *g, const struct group *group,
		       struct name_parts with)
{
	const char *topology = summary_text(json_object_get(group->runs[0]->summary, "topology"), "name");
	snprintf(name, 160, "%.32s%s%.32s", group->policy, with.topology ? ", " : "",
		 with.topology ? topology : "");
	if (with.settings)
		write_settings(name, 130, g, group);
	size_t used = strlen(name);
	if (with.number)
		used += (size_t)snprintf(name + used, 160 - used, " #%d", group->case_number + 1);
	if (with.engine)
		snprintf(name + used, 160 - used, ", %s", group_engine(group));
}

static bool is_taken(const struct groups *g, int i)
{
	for (int k = 0; k < g->n; k++)
		if (k != i && strcmp(g->group[k].label, g->group[i].label) == 0)
			return true;
	return false;
}

static bool topologies_differ(const struct groups *g)
{
	return json_object_get(g->differing, "name") != NULL;
}

// What the names say one step further: those that another group has, too.
static void say_more(const struct groups *g, int i, struct name_parts *with)
{
	bool taken = is_taken(g, i);
	if (!taken)
		return;
	if (topologies_differ(g) && !with->topology)
		with->topology = true;
	else if (!with->settings && json_object_size(g->differing) <= MOST_NAMED)
		with->settings = true;
	else
		with->number = true;
}

// Where a setting is detailed, it is said once, and its groups differ in policy and engine.
static void name_detail(struct groups *g, struct group *x, bool engines)
{
	char text[sizeof(g->detail)] = "";
	snprintf(x->short_label, sizeof(x->short_label), "%s%s%s", x->policy, engines ? ", " : "",
		 engines ? group_engine(x) : "");
	if (!x->detailed || *g->detail)
		return;
	write_settings(text, sizeof(text), g, x);
	snprintf(g->detail, sizeof(g->detail), "%s", *text ? text + 2 : "");
}

// Of few groups a plot takes the label as it is, or a number where that is too long for a legend.
static void name_short(struct groups *g, bool engines)
{
	bool numbered = false;
	for (int i = 0; i < g->n; i++)
		numbered |= strlen(g->group[i].label) > LEGEND_WIDTH;
	for (int i = 0; i < g->n; i++) {
		struct group *x = &g->group[i];
		char label[sizeof(x->label)];
		snprintf(label, sizeof(label), "%s", x->label);
		if (!numbered) {
			snprintf(x->short_label, sizeof(x->short_label), "%s", label);
			continue;
		}
		snprintf(x->label, sizeof(x->label), "#%d %.140s", i + 1, label);
		snprintf(x->short_label, sizeof(x->short_label), "#%d %.32s%s%s", i + 1, x->policy,
			 engines ? ", " : "", engines ? group_engine(x) : "");
	}
}

void groups_name(struct groups *g)
{
	bool engines[2] = {false, false};
	struct name_parts *with = calloc((size_t)g->n + 1, sizeof(*with));
	for (int i = 0; i < g->n; i++)
		engines[g->group[i].simulated] = true;
	for (int round = 0; round < 4 && with; round++) {
		for (int i = 0; i < g->n; i++) {
			struct group *x = &g->group[i];
			with[i].engine = false;
			write_name(x->case_label, g, x, with[i]);
			with[i].engine = engines[0] && engines[1];
			write_name(x->label, g, x, with[i]);
		}
		for (int i = 0; i < g->n; i++)
			say_more(g, i, &with[i]);
	}
	if (g->n <= MOST_CURVES)
		name_short(g, engines[0] && engines[1]);
	for (int i = 0; g->n > MOST_CURVES && i < g->n; i++)
		name_detail(g, &g->group[i], engines[0] && engines[1]);
	free(with);
}
