// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/groups.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/summary.h"
#include "tools/report/group_names_private.h"
#include "tools/report/settings.h"

static json_t *without(const json_t *given, const char *const *keys)
{
	json_t *copy = json_deep_copy(given);
	for (; copy && *keys; keys++)
		json_object_del(copy, *keys);
	return copy;
}

static const json_t *given_of(const struct run_directory *r)
{
	const json_t *given = json_object_get(r->summary, "given");
	return json_is_object(given) ? given : json_object_get(r->summary, "topology");
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

static int setting_of(struct groups *g, const json_t *setting_key)
{
	for (int i = 0; i < g->n; i++)
		if (json_equal(g->group[i].setting_key, setting_key))
			return g->group[i].setting;
	return g->n_settings++;
}

static int policy_of(const struct groups *g, const char *policy)
{
	int next = 0;
	for (int i = 0; i < g->n; i++) {
		if (strcmp(g->group[i].policy, policy) == 0)
			return g->group[i].policy_number;
		next = g->group[i].policy_number >= next ? g->group[i].policy_number + 1 : next;
	}
	return next;
}

static void name_policy(struct group *group, const struct run_directory *run)
{
	const char *policy = summary_text(run->summary, "policy"), *slash = strrchr(policy, '/');
	snprintf(group->policy, sizeof(group->policy), "%s", slash && slash[1] ? slash + 1 : policy);
}

static int add(struct groups *g, const struct run_directory *run, size_t n_runs)
{
	static const char *const repetition[] = {"seed", "run", NULL};
	static const char *const case_also[] = {"seed", "run", "duration_s", "capture", NULL};
	static const char *const setting_also[] = {"seed", "run", "policy", NULL};
	const json_t *given = given_of(run);
	json_t *key = without(given, repetition);
	struct group *group = find(g, key, is_simulated(run));
	if (group) {
		json_decref(key);
		group->runs[group->n_runs++] = run;
		return 0;
	}
	group = &g->group[g->n];
	*group = (struct group){.simulated = is_simulated(run), .key = key};
	group->case_key = without(given, case_also);
	group->setting_key = without(given, setting_also);
	group->flat = settings_flatten(key);
	group->runs = calloc(n_runs, sizeof(const struct run_directory *));
	group->case_number = case_of(g, group->case_key);
	group->setting = setting_of(g, group->setting_key);
	name_policy(group, run);
	group->policy_number = policy_of(g, group->policy);
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

static int find_differences(struct groups *g)
{
	json_t **flat = calloc((size_t)g->n + 1, sizeof(json_t *));
	if (!flat)
		return -ENOMEM;
	for (int i = 0; i < g->n; i++)
		flat[i] = g->group[i].flat;
	g->differing = settings_differing(flat, (size_t)g->n);
	free(flat);
	return 0;
}

// All of few groups; of many those of a setting in the middle, each in its policy's colour.
static void choose_detailed(struct groups *g)
{
	bool few = g->n <= MOST_CURVES;
	for (int i = 0; i < g->n && g->n_detailed < MOST_CURVES; i++) {
		struct group *x = &g->group[i];
		x->detailed = few || x->setting == g->n_settings / 2;
		x->colour = few ? g->n_detailed : x->policy_number;
		g->n_detailed += x->detailed;
	}
}

#define MOST_OVER_TIME 6
#define MOST_OF_MANY_OVER_TIME 2 // policies of one setting have the same links

bool groups_over_time(const struct groups *g, int i)
{
	int before = 0, most = g->n > MOST_CURVES ? MOST_OF_MANY_OVER_TIME : MOST_OVER_TIME;
	for (int k = 0; k < i; k++)
		before += g->group[k].detailed;
	return g->group[i].detailed && before < most;
}

int groups_make(struct groups *g, const struct run_directory *runs, size_t n)
{
	*g = (struct groups){.group = calloc(n, sizeof(*g->group))};
	int r = g->group ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = add(g, &runs[i], n);
	if (r == 0)
		qsort(g->group, (size_t)g->n, sizeof(*g->group), by_case);
	r = r < 0 ? r : find_differences(g);
	if (r < 0) {
		groups_free(g);
		return r;
	}
	choose_detailed(g);
	groups_name(g);
	return 0;
}

void groups_free(struct groups *g)
{
	for (int i = 0; g->group && i < g->n; i++) {
		json_decref(g->group[i].key);
		json_decref(g->group[i].case_key);
		json_decref(g->group[i].setting_key);
		json_decref(g->group[i].flat);
		free(g->group[i].runs);
	}
	free(g->group);
	json_decref(g->differing);
	*g = (struct groups){0};
}

const char *group_engine(const struct group *g)
{
	return g->simulated ? "simulated" : "measured";
}
