// SPDX-License-Identifier: BSD-3-Clause
// A run to look at: while it lives through its control socket, afterwards (or from the start) in its
// directory. The change from one to the other happens by itself.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "records/watch/history.h"
#include "records/watch/run_snapshot.h"

struct run_source;

// run: a running run's name or directory, or a finished run's directory. Waits up to 60 s for a run that is
// just starting. NULL with a sentence.
struct run_source *run_source_open(const char *run, struct err *err);
void run_source_free(struct run_source *s);

// Brings it up to date. 0; or a negative errno with a sentence when the run can be read no more, as when it
// ended without a summary. What was read before stays.
int run_source_update(struct run_source *s, struct err *err);

// As of the last update; the source's own, until the next one.
const struct run_snapshot *run_source_snapshot(const struct run_source *s);
bool run_source_ended(const struct run_source *s);
// What is damaged in its tables, file:line; NULL = nothing so far.
const char *run_source_problem(const struct run_source *s);
const char *run_source_directory(const struct run_source *s);

// The course of the run as its tables say (records/watch/history.h), as of the last update; a second behind a
// running run. NULL: no memory.
json_t *run_source_history(const struct run_source *s);
