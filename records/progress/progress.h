// SPDX-License-Identifier: BSD-3-Clause
// How far a run is, for the person who started it: on a terminal a block that is redrawn in place five times
// a second, elsewhere a plain line every 5 s (both on standard error); or JSON lines on standard output, two
// a second. Never waits for the reader: what a stopped terminal or a full pipe does not take is left out. A
// simulation answers others that ask, too: the emulation's supervisor does so itself.
#pragma once

#include <stdbool.h>
#include "records/results/results.h"

enum progress_form { PROGRESS_NONE, PROGRESS_TEXT, PROGRESS_JSON };

struct run_progress;

struct run_progress *run_progress_new(enum progress_form form); // NULL with errno

// From now on whoever asks DIR/control (records/control.h) for the progress is answered, too, in the course
// of run_progress_show. p: NULL is allowed. 0, or a negative errno with a sentence.
int run_progress_listen(struct run_progress *p, const char *directory, struct err *err);

// Shows the results when it is time to; cheap when it is not. now_ns: of the run's clock. p: NULL is allowed.
void run_progress_show(struct run_progress *p, struct results *results, int64_t now_ns);

// Takes the block away, so that other text can follow, and answers nobody any more. NULL is allowed.
void run_progress_end(struct run_progress *p);

void run_progress_free(struct run_progress *p); // ends it, too

// The JSON form's last line on standard output: {"event": "summary", "directory": ..., "summary":
// summary.json}; without a directory or a summary in it {"event": "error", "error": sentence}.
void run_progress_last_json(const char *directory, int status, const char *error);
