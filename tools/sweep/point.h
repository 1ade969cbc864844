// SPDX-License-Identifier: BSD-3-Clause
// One point of a sweep: whether it is done, running it in a process of its own, and putting its results into
// their place.
#pragma once

#include <jansson.h>
#include <sys/types.h>
#include "tools/sweep/grid.h"

// The point's summary when it is done by this build and engine; NULL when it is still to be run. A new
// reference.
json_t *point_summary(const struct grid *g, size_t point);

// Forks a process that runs the point into DIR/points/NAME.part, in a process group of its own (a terminal's
// Ctrl-C reaches only the sweep, which ends its points in order). Its id, or a negative errno. *report gets a
// descriptor from which point_finish reads why it failed (a full disk could not keep it).
pid_t point_start(const struct grid *g, size_t point, int *report, struct err *err);

// After its process has ended with this wait status: 0 = it is done and in its place. -EINTR = it was
// stopped. Else it failed, with the sentence, which stays in NAME.failed. summary_only: everything but
// summary.json is removed. Closes report.
int point_finish(const struct grid *g, size_t point, int status, int report, bool summary_only,
		 struct err *err);

// Removes a folder with all in it; absent is fine.
int remove_tree(const char *path, struct err *err);
