// SPDX-License-Identifier: BSD-3-Clause
// Verdicts as JUnit XML, the form that CI systems read: a test suite a run, a test case a verdict.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct junit;

enum junit_result { JUNIT_PASSED, JUNIT_FAILED, JUNIT_ERROR, JUNIT_SKIPPED };

// Opens (and empties) the file at once, so that one that cannot be written is found before a run; a file that is
// no JUnit's is refused. 0, or a negative errno with a sentence.
int junit_open(struct junit **out, const char *path, struct err *err);

// A suite: its name, and how long its run was; started (ISO 8601) may be NULL. Then its cases, then its end.
void junit_suite(struct junit *j, const char *name, const char *started, double seconds);
void junit_case(struct junit *j, const char *name, enum junit_result result, const char *message);
void junit_suite_end(struct junit *j);

// Writes and frees; NULL is allowed. A negative errno when not all was written.
int junit_close(struct junit *j, struct err *err);
