// SPDX-License-Identifier: BSD-3-Clause
// The kinds of planning problems that an instance file may hold. The document's key "problem" names the kind;
// a file without the key holds the first of them. A new kind is one file in this folder and one row of the
// table in kinds.c: help, --list, refusals and the fuzz target come from the row.
#pragma once

#include "tools/plan/ask.h"
#include "tools/plan/field.h"

struct problem_kind {
	const char *name;    // what "problem" says
	const char *summary; // a line, for help
	// Reads the document, an object whose key "problem" is right or absent. *problem is the kind's own.
	// 0, -ENOMEM, or -EINVAL with the field's path and what would be right (in document->err).
	int (*read)(void **problem, const struct field *document);
	// Prints what question->policy decides, or the kind's usual policy. Returns the exit status; err has
	// the sentence when it is not PLAN_DONE.
	int (*answer)(const void *problem, const struct plan_question *question, struct err *err);
	void (*free)(void *problem); // NULL is allowed
};

extern const struct problem_kind *const problem_kinds[]; // up to NULL

// One file each.
extern const struct problem_kind problem_co_inference, problem_early_exit, problem_orchestration,
    problem_pipeline, problem_pipeline_tree;

struct written_problem {
	const struct problem_kind *kind;
	void *content; // the kind's own
};

// Reads an instance file of any kind ("-" for standard input). 0, or a negative errno with the path before
// the sentence: an unknown kind is told the list. The caller frees it; after a failure it is empty.
int written_problem_read(struct written_problem *out, const char *path, struct err *err);
void written_problem_free(struct written_problem *problem);

// Prints the answer, as the kind does. Refuses question->save for all kinds but the first.
int written_problem_answer(const struct written_problem *problem, const struct plan_question *question,
			   struct err *err);

// A line for each kind.
void problem_kinds_print(FILE *out);
