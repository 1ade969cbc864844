// SPDX-License-Identifier: BSD-3-Clause
#include "tools/doctor/doctor.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>

#include "base/argument.h"
#include "base/log.h"
#include "base/wrap.h"
#include "tools/doctor/check_private.h"
#include "tools/doctor/rehearsal_private.h"

#define WIDTH 110

struct arguments {
	bool json;
};

static const struct argp_option options[] = {
    {"json", 'j', 0, 0,
     "print {\"ready\": true, \"prediction\": {valid, text}, \"checks\": [{name, state, found, effect, "
     "remedy}, ...]}",
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
    .doc =
	"Tries what a run needs of this machine, rehearses for 2 s what its processes do, and predicts from "
	"how late that was whether a run with the default promises would be valid here and now. What is "
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

// Whether a run with default promises would be valid here and now, in one line.
static bool predict(const int counts[4], char *text, size_t size)
{
	struct err err;
	const struct rehearsal *r = counts[DOCTOR_FAIL] ? NULL : rehearsal(&err);
	if (!r) {
		snprintf(text, size, "no run: %.300s",
			 counts[DOCTOR_FAIL] ? "what is marked FAIL is in the way" : err.text);
		return false;
	}
	enum host_stage broken = rehearsal_breaks(r);
	if (broken == HOST_STAGES) {
		snprintf(text, size,
			 "a run of a few UEs would be valid now: every wake-up and batch of a rehearsal kept "
			 "its promise");
		return true;
	}
	const struct lateness *l = &r->stages[broken];
	const struct host_promise *p = &host_promises[broken];
	snprintf(
	    text, size,
	    "a run would not be valid now%s: %s: %llu of %llu %s in a rehearsal, the worst by %.1f ms: end "
	    "other work on this machine, or give the run processors of its own",
	    broken == HOST_BATCH ? " where the edge computes on the processor (only there)" : "", p->name,
	    (unsigned long long)l->over, (unsigned long long)l->late.count, p->events,
	    (double)l->late.max_ns / 1e6);
	return false;
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
	char prediction[400];
	bool valid = predict(counts, prediction, sizeof(prediction));
	json_t *all = json_pack("{s:b, s:{s:b, s:s}, s:o}", "ready", counts[DOCTOR_FAIL] == 0, "prediction",
				"valid", valid, "text", prediction, "checks", list);
	if (a.json && all) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!a.json) {
		print_verdict(counts);
		printf("prediction: %s\n", prediction);
	}
	json_decref(all);
	return counts[DOCTOR_FAIL] ? 1 : 0;
}
