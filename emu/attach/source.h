// SPDX-License-Identifier: BSD-3-Clause
// A run to look at: while it lives through its control socket, afterwards (or from the start) in its
// directory. The change from one to the other happens by itself.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "emu/watch/history.h"
#include "emu/watch/run_snapshot.h"

struct source;

// run: a running run's name or directory, or a finished run's directory. Waits up to 60 s for a run that is
// just starting. NULL with a sentence.
struct source *source_open(const char *run, struct err *err);
void source_free(struct source *s);

// Brings it up to date. 0; or a negative errno with a sentence when the run can be read no more, as when it
// ended without a summary. What was read before stays.
int source_update(struct source *s, struct err *err);

// As of the last update; the source's own, until the next one.
const struct run_snapshot *source_snapshot(const struct source *s);
bool source_ended(const struct source *s);
// What is damaged in its tables, file:line; NULL = nothing so far.
const char *source_problem(const struct source *s);
const char *source_directory(const struct source *s);

// The course of the run as its tables say (emu/watch/history.h), as of the last update; a second behind a
// running run. NULL: no memory.
json_t *source_history(const struct source *s);
