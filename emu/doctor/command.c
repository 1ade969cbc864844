// SPDX-License-Identifier: BSD-3-Clause
#include "emu/doctor/doctor.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "base/argument.h"
#include "base/log.h"
#include "base/wrap.h"
#include "emu/doctor/check.h"

#define WIDTH 110

struct arguments {
	bool json;
};

static const struct argp_option options[] = {
    {"json", 'j', 0, 0, "print {\"ready\": true, \"checks\": [{name, state, found, effect, remedy}, ...]}",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return argument_refuse(arg, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp doctor_argp = {
    .options = options,
    .parser = parse,
    .doc = "Tries what a run needs of this machine, and measures how late its sleeps are (0.3 s). What is "
	   "missing or poor is shown with its effect on a run and a remedy. Changes nothing.\v"
	   "Exit status: 0 `airbatch run` works here, 1 something prevents it, 2 wrong usage."};

static const char *state_name(enum doctor_state state)
{
	static const char *const names[] = {"ok", "note", "poor", "FAIL"};
	return names[state];
}

static void print_text(const char *name, const struct finding *f)
{
	char line[400];
	printf("%-4s  %-17s %s\n", state_name(f->state), name, f->found);
	if (*f->effect) {
		snprintf(line, sizeof(line), "effect: %s", f->effect);
		print_wrapped(stdout, 24, WIDTH, line);
	}
	if (*f->remedy) {
		snprintf(line, sizeof(line), "remedy: %s", f->remedy);
		print_wrapped(stdout, 24, WIDTH, line);
	}
}

static json_t *as_json(const char *name, const struct finding *f)
{
	static const char *const names[] = {"ok", "note", "poor", "fail"};
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", name, "state", names[f->state], "found",
			 f->found, "effect", f->effect, "remedy", f->remedy);
}

static void print_verdict(const int counts[4])
{
	if (counts[DOCTOR_FAIL])
		printf("\n`airbatch run` does not work here: %d thing%s in the way; `airbatch sim`, plan and "
		       "sweep do.\n",
		       counts[DOCTOR_FAIL], counts[DOCTOR_FAIL] == 1 ? " is" : "s are");
	else
		printf("\n`airbatch run` works here%s\n",
		       counts[DOCTOR_POOR] ? "; what is poor above makes it less exact." : ".");
}

int doctor_command(int argc, char **argv)
{
	struct arguments a = {0};
	int counts[4] = {0};
	argp_parse(&doctor_argp, argc, argv, 0, NULL, &a);
	json_t *list = json_array();
	for (const struct doctor_check *c = doctor_checks; c->name; c++) {
		struct finding f = {.effect = "", .remedy = ""};
		c->check(&f);
		counts[f.state]++;
		if (a.json)
			json_array_append_new(list, as_json(c->name, &f));
		else
			print_text(c->name, &f);
		fflush(stdout);
	}
	json_t *all = json_pack("{s:b, s:o}", "ready", counts[DOCTOR_FAIL] == 0, "checks", list);
	if (a.json && all) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!a.json) {
		print_verdict(counts);
	}
	json_decref(all);
	return counts[DOCTOR_FAIL] ? 1 : 0;
}
