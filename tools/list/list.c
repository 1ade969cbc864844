// SPDX-License-Identifier: BSD-3-Clause
#include "tools/list/list.h"

#include <argp.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/place.h"
#include "base/printable.h"
#include "emu/supervisor/names.h"
#include "setup/configs.h"

struct arguments {
	bool json, dry_run;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case 'n':
		a->dry_run = true;
		return 0;
	case ARGP_KEY_ARG:
		return argument_refuse(arg, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option list_options[] = {
    {"json", 'j', 0, 0, "print a JSON list", 0},
    {0},
};

static const struct argp_option clean_options[] = {
    {"dry-run", 'n', 0, 0, "print what would be removed, and leave it", 0},
    {"json", 'j', 0, 0, "print a JSON list of what is removed", 0},
    {0},
};

const struct argp list_argp = {
    .options = list_options,
    .parser = parse,
    .doc = "Lists running runs, and those that a killed supervisor left over: name, state, supervisor's "
	   "process id, age, policy, directory.\vExit status: 0 done, 1 the names cannot be read, 2 wrong "
	   "usage."};

const struct argp clean_argp = {
    .options = clean_options,
    .parser = parse,
    .doc =
	"Removes what killed supervisors left: names of runs, and names of their namespaces under "
	"/run/netns. Run directories stay; running runs are not touched. `airbatch run` does the same when "
	"it starts.\vExit status: 0 done, 1 something cannot be removed, 2 wrong usage."};

// "left over" runs are the ones that clean removes.
static json_t *describe(const struct run_listed *l)
{
	char path[PATH_MAX], began[40], name[sizeof(l->name)], policy[128];
	struct tm tm;
	time_t seconds = l->began_ns / NS_PER_S;
	config_path(path, sizeof(path), l->directory, "edge");
	FILE *f = place_read(path, NULL);
	json_t *edge = f ? json_loadf(f, 0, NULL) : NULL;
	if (f)
		fclose(f);
	snprintf(name, sizeof(name), "%s", l->name);
	printable(name, false);
	const char *told = json_string_value(json_object_get(edge, "policy"));
	snprintf(policy, sizeof(policy), "%s", told ? told : "");
	printable(policy, false);
	gmtime_r(&seconds, &tm);
	strftime(began, sizeof(began), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_t *o = json_pack("{s:s, s:s, s:i, s:s, s:f, s:s?, s:s}", "name", name, "state",
			      l->running ? "running" : "left over", "pid", l->pid, "began", began, "age_s",
			      ns_to_s(clock_wall_ns() - l->began_ns), "policy", told ? policy : NULL,
			      "directory", l->directory);
	json_decref(edge);
	return o;
}

static void add(const struct run_listed *l, void *user)
{
	json_t *o = describe(l);
	if (o)
		json_array_append_new(user, o);
}

static void add_left_over(const struct run_listed *l, void *user)
{
	if (!l->running)
		add(l, user);
}

static void age_text(double s, char *text, size_t size)
{
	if (s < 120)
		snprintf(text, size, "%.0f s", s);
	else if (s < 7200)
		snprintf(text, size, "%.0f min", s / 60);
	else if (s < 172800)
		snprintf(text, size, "%.0f h", s / 3600);
	else
		snprintf(text, size, "%.0f d", s / 86400);
}

static const char *text_at(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "?";
}

static void print_table(const json_t *list)
{
	size_t i;
	json_t *o;
	char age[32];
	printf("%-20s %-9s %8s %8s  %-16s %s\n", "NAME", "STATE", "PID", "AGE", "POLICY", "DIRECTORY");
	json_array_foreach(list, i, o)
	{
		age_text(json_number_value(json_object_get(o, "age_s")), age, sizeof(age));
		printf("%-20s %-9s %8lld %8s  %-16s %s\n", text_at(o, "name"), text_at(o, "state"),
		       (long long)json_integer_value(json_object_get(o, "pid")), age, text_at(o, "policy"),
		       text_at(o, "directory"));
	}
}

static void print_json(const json_t *list)
{
	json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	putchar('\n');
}

int list_command(int argc, char **argv)
{
	struct arguments a = {0};
	argp_parse(&list_argp, argc, argv, 0, NULL, &a);
	struct err err;
	json_t *list = json_array();
	int n = run_names_each(add, list, &err);
	if (n < 0)
		log_error("%s", err.text);
	else if (a.json)
		print_json(list);
	else if (n == 0)
		puts("nothing runs");
	else
		print_table(list);
	json_decref(list);
	return n < 0;
}

int clean_command(int argc, char **argv)
{
	struct arguments a = {0};
	argp_parse(&clean_argp, argc, argv, 0, NULL, &a);
	struct err err;
	json_t *list = json_array();
	int n = run_names_each(add_left_over, list, &err);
	if (n >= 0 && !a.dry_run)
		n = run_names_clean(&err);
	size_t found = json_array_size(list);
	if (n < 0)
		log_error("%s", err.text);
	else if (a.json)
		print_json(list);
	else {
		if (found > 0)
			print_table(list);
		printf("%zu left-over run%s %s\n", a.dry_run ? found : (size_t)n, found == 1 ? "" : "s",
		       a.dry_run ? "would be removed" : "removed");
	}
	json_decref(list);
	return n < 0;
}
