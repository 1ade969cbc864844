// SPDX-License-Identifier: BSD-3-Clause
#include "emu/report/groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/records/summary.h"

static json_t *without(const json_t *topology, const char *const *keys)
{
	json_t *copy = json_deep_copy(topology);
	for (; copy && *keys; keys++)
		json_object_del(copy, *keys);
	return copy;
}

static bool is_simulated(const struct run_directory *r)
{
	return strcmp(summary_text(r->summary, "engine"), "simulation") == 0;
}

static struct group *find(const struct groups *g, const json_t *key, bool simulated)
{
	for (int i = 0; i < g->n; i++)
		if (g->group[i].simulated == simulated && json_equal(g->group[i].key, key))
			return &g->group[i];
	return NULL;
}

static int case_of(struct groups *g, const json_t *case_key)
{
	for (int i = 0; i < g->n; i++)
		if (json_equal(g->group[i].case_key, case_key))
			return g->group[i].case_number;
	return g->n_cases++;
}

static int add(struct groups *g, const struct run_directory *run, size_t n_runs)
{
	static const char *const repetition[] = {"seed", "run", NULL};
	static const char *const case_also[] = {"seed", "run", "duration_s", "capture", NULL};
	const json_t *topology = json_object_get(run->summary, "topology");
	json_t *key = without(topology, repetition);
	struct group *group = find(g, key, is_simulated(run));
	if (group) {
		json_decref(key);
		group->runs[group->n_runs++] = run;
		return 0;
	}
	group = &g->group[g->n];
	*group = (struct group){.simulated = is_simulated(run), .key = key};
	group->case_key = without(topology, case_also);
	group->runs = calloc(n_runs, sizeof(const struct run_directory *));
	group->case_number = case_of(g, group->case_key);
	g->n++;
	if (!group->runs)
		return -ENOMEM;
	group->runs[group->n_runs++] = run;
	return 0;
}

static int by_case(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	if (x->case_number != y->case_number)
		return x->case_number - y->case_number;
	return (int)y->simulated - (int)x->simulated;
}

static bool is_taken(const struct groups *g, int i)
{
	for (int k = 0; k < g->n; k++)
		if (k != i && strcmp(g->group[k].label, g->group[i].label) == 0)
			return true;
	return false;
}

static const char *short_policy(const struct group *g)
{
	const char *policy = summary_text(g->runs[0]->summary, "policy"), *slash = strrchr(policy, '/');
	return slash && slash[1] ? slash + 1 : policy;
}

struct name_parts {
	bool engine, topology, number;
};

static void write_name(char name[96], const struct group *g, int i, struct name_parts with)
{
	const char *topology = summary_text(json_object_get(g->runs[0]->summary, "topology"), "name");
	char number[16];
	snprintf(number, sizeof(number), " #%d", i + 1);
	snprintf(name, 96, "%.32s%s%.32s%s%s%s", short_policy(g), with.topology ? ", " : "",
		 with.topology ? topology : "", with.number ? number : "", with.engine ? ", " : "",
		 with.engine ? group_engine(g) : "");
}

// As much of a name as it takes to tell them apart: policy, engine, topology's name, number.
static void name_them(struct groups *g)
{
	bool engines[2] = {false, false};
	struct name_parts *with = calloc((size_t)g->n, sizeof(*with));
	for (int i = 0; i < g->n; i++)
		engines[g->group[i].simulated] = true;
	for (int round = 0; round < 3 && with; round++) {
		for (int i = 0; i < g->n; i++) {
			struct group *x = &g->group[i];
			with[i].engine = engines[0] && engines[1];
			write_name(x->label, x, x->case_number, with[i]);
			with[i].engine = false;
			write_name(x->case_label, x, x->case_number, with[i]);
		}
		for (int i = 0; i < g->n; i++) {
			with[i].number |= with[i].topology && is_taken(g, i);
			with[i].topology |= is_taken(g, i);
		}
	}
	free(with);
}

int groups_make(struct groups *g, const struct run_directory *runs, size_t n)
{
	*g = (struct groups){.group = calloc(n, sizeof(*g->group))};
	int r = g->group ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add(g, &runs[i], n);
	if (r < 0) {
		groups_free(g);
		return r;
	}
	qsort(g->group, (size_t)g->n, sizeof(*g->group), by_case);
	name_them(g);
	return 0;
}

void groups_free(struct groups *g)
{
	for (int i = 0; g->group && i < g->n; i++) {
		json_decref(g->group[i].key);
		json_decref(g->group[i].case_key);
		free(g->group[i].runs);
	}
	free(g->group);
	*g = (struct groups){0};
}

const char *group_engine(const struct group *g)
{
	return g->simulated ? "simulated" : "measured";
}
