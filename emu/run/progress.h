// SPDX-License-Identifier: BSD-3-Clause
// How far a run is: one line that is rewritten on a terminal, a plain line every 5 s elsewhere.
#pragma once

#include <stdbool.h>
#include "emu/run/results.h"

struct progress_line;

struct progress_line *progress_line_new(bool quiet); // NULL with errno
void progress_line_free(struct progress_line *p);
void progress_line_show(struct progress_line *p, int64_t now_ns, int64_t epoch_ns, int64_t end_ns,
			const struct results_progress *r);
void progress_line_end(struct progress_line *p);
