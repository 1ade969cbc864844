// SPDX-License-Identifier: BSD-3-Clause
// Asks a policy what it decides for one snapshot, and prints the answer.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "edge/policy/policy.h"
#include "tools/plan/names.h"

// What the command line asks.
struct plan_question {
	const char *policy; // NULL = the usual one of the problem
	bool json;	    // else a table
	const char *save;   // the problem is written there as an instance file; NULL = nowhere
	FILE *out;
	const char *agent; // a trained agent's file, for policies that need one; NULL = none
};

// Exit statuses of `airbatch plan`.
enum { PLAN_DONE, PLAN_FAILED, PLAN_WRONG_INPUT };

// How a kind of problem prints its answers. Each returns 0, or -EIO when the stream failed.
typedef int plan_print_fn(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
			  const struct plan_names *names, double plan_us, FILE *out);
struct plan_forms {
	plan_print_fn *json, *table;
};

// Lets question->policy, or `usual`, plan the snapshot, and prints the answer. question->save is not looked
// at. Returns the exit status; err has the sentence when it is not PLAN_DONE.
int plan_ask(const struct snapshot *snapshot, const struct plan_names *names, const struct plan_forms *forms,
	     const struct plan_question *question, const char *usual, struct err *err);

// The same for a problem of co-inference: saves it first when that is asked.
int plan_ask_co_inference(const struct snapshot *snapshot, const struct plan_names *names,
			  const struct plan_question *question, const char *usual, struct err *err);
