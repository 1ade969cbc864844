// SPDX-License-Identifier: BSD-3-Clause
// --expect, --require-valid and --junit of the commands that make or show runs: reads them before anything
// starts, judges summaries, and says what does not hold.
//
// A command has a struct expectations, hands it to the child argp at ARGP_KEY_INIT, calls expect_run for each
// run and expect_end once; a status above 0 from either is the command's exit status when its own is 0.
#pragma once

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include "records/expect/expectation.h"

enum { EXPECTATIONS_MOST = 64 };

struct expectations {
	const struct column *fields; // set by the command: the table of summary.json's
	struct expectation list[EXPECTATIONS_MOST];
	int n;
	bool require_valid;
	struct junit *junit; // NULL = no file
	int runs_unmet;	     // in which something does not hold
};

extern const struct argp expect_argp; // input: struct expectations

// Whether a run has to be judged at all.
bool expect_anything(const struct expectations *x);

// A figure of one UE needs that UE: 0, or -EINVAL with a sentence.
int expect_check_ues(const struct expectations *x, int n_ues, struct err *err);

// How a verdict is told, beside the JUnit file: `text` is the expectation, or "valid".
typedef void (*expect_tell)(const char *text, bool holds, const char *found, void *user);

// Judges a run. name: of its suite. summary: NULL = there is none, and why says why not. An unmet expectation
// is an error line; tell (may be NULL) gets every verdict. Returns 0, or 1 when something does not hold.
int expect_run(struct expectations *x, const char *name, const json_t *summary, const char *why,
	       expect_tell tell, void *user);

// Writes the JUnit file. 0, or 1 with an error line.
int expect_end(struct expectations *x);
