// SPDX-License-Identifier: BSD-3-Clause
#include "records/expect/expect.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "records/expect/junit.h"
#include "records/summary.h"

enum { KEY_EXPECT = 700, KEY_REQUIRE_VALID, KEY_JUNIT };

static const struct argp_option options[] = {
    {"expect", KEY_EXPECT, "FIGURE>=VALUE", 0,
     "exit with status 1 unless this holds of summary.json, such as 'promised_missed==0', 'met>=99%' or "
     "'latency_ms.p95<100ms'; may be given several times (see `airbatch help expectations`)",
     0},
    {"require-valid", KEY_REQUIRE_VALID, 0, 0, "exit with status 1 unless the run is valid", 0},
    {"junit", KEY_JUNIT, "FILE", 0,
     "write the verdicts as JUnit XML: a test case for each --expect and one for validity", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct expectations *x = state->input;
	struct err err;
	switch (key) {
	case KEY_EXPECT:
		if (x->n == EXPECTATIONS_MOST)
			argp_error(state, "more than %d expectations", EXPECTATIONS_MOST);
		if (expectation_parse(&x->list[x->n++], arg, x->fields, &err) < 0)
			argp_error(state, "--expect %s", err.text);
		return 0;
	case KEY_REQUIRE_VALID:
		x->require_valid = true;
		return 0;
	case KEY_JUNIT:
		if (x->junit)
			argp_error(state, "one --junit file at a time: '%s' is a second one", arg);
		if (junit_open(&x->junit, arg, &err) < 0)
			argp_error(state, "--junit: %s", err.text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp expect_argp = {.options = options, .parser = parse};

bool expect_anything(const struct expectations *x)
{
	return x->n > 0 || x->require_valid || x->junit;
}

int expect_check_ues(const struct expectations *x, int n_ues, struct err *err)
{
	for (int i = 0; i < x->n; i++)
		if (x->list[i].figure.ue > n_ues)
			return err_set(err, EINVAL, "--expect '%s': there is no ue%d, the last is ue%d",
				       x->list[i].text, x->list[i].figure.ue, n_ues);
	return 0;
}

// One run under judgement.
struct judged {
	struct expectations *x;
	const char *name;
	expect_tell tell;
	void *user;
	int unmet;
};

static void verdict(struct judged *j, const char *text, enum junit_result result, const char *message,
		    const char *found)
{
	if (j->x->junit)
		junit_case(j->x->junit, text, result, message);
	if (j->tell && result != JUNIT_SKIPPED)
		j->tell(text, result == JUNIT_PASSED, found, j->user);
	j->unmet += result == JUNIT_FAILED || result == JUNIT_ERROR;
}

static void judge_validity(struct judged *j, const json_t *summary)
{
	const json_t *why = json_object_get(summary, "not_valid_because");
	char text[400] = "not valid";
	for (size_t i = 0, used = strlen(text); i < json_array_size(why) && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? "; " : ": ",
					 json_string_value(json_array_get(why, i)));
	if (json_is_true(json_object_get(summary, "valid"))) {
		verdict(j, "valid", JUNIT_PASSED, text, "true");
		return;
	}
	if (j->x->require_valid)
		log_error("%s: %s", j->name, text);
	verdict(j, "valid", j->x->require_valid ? JUNIT_FAILED : JUNIT_SKIPPED, text, "false");
}

static void judge_expectations(struct judged *j, const json_t *summary)
{
	char found[200], message[400];
	for (int i = 0; i < j->x->n; i++) {
		const struct expectation *e = &j->x->list[i];
		bool holds = expectation_holds(e, summary, found, sizeof(found));
		snprintf(message, sizeof(message), "expected %s, found %s", e->text, found);
		if (!holds)
			log_error("%s: %s", j->name, message);
		verdict(j, e->text, holds ? JUNIT_PASSED : JUNIT_FAILED, message, found);
	}
}

// Of a run that did not end by itself no figure is judged.
static void skip_all(struct judged *j, const char *why)
{
	verdict(j, "valid", JUNIT_ERROR, why, why);
	for (int i = 0; i < j->x->n; i++)
		verdict(j, j->x->list[i].text, JUNIT_SKIPPED, "the run is not done", "");
}

int expect_run(struct expectations *x, const char *name, const json_t *summary, const char *why,
	       expect_tell tell, void *user)
{
	if (!expect_anything(x))
		return 0;
	struct judged j = {.x = x, .name = name, .tell = tell, .user = user};
	const json_t *started = json_object_get(summary, "started");
	bool done = summary && strcmp(summary_text(summary, "status"), "done") == 0;
	if (x->junit)
		junit_suite(x->junit, name, json_string_value(started),
			    summary ? json_number_value(
					  json_object_get(json_object_get(summary, "topology"), "duration_s"))
				    : 0);
	if (!done) {
		skip_all(&j, summary && json_is_string(json_object_get(summary, "why"))
				 ? summary_text(summary, "why")
				 : why);
	} else {
		judge_validity(&j, summary);
		judge_expectations(&j, summary);
	}
	if (x->junit)
		junit_suite_end(x->junit);
	x->runs_unmet += j.unmet > 0;
	return j.unmet > 0;
}

int expect_end(struct expectations *x)
{
	struct err err;
	int r = junit_close(x->junit, &err);
	x->junit = NULL;
	if (r < 0)
		log_error("%s", err.text);
	return r < 0;
}
