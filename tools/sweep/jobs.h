// SPDX-License-Identifier: BSD-3-Clause
// Runs the points that are not done yet, some at a time, each in a process of its own.
#pragma once

#include "tools/sweep/grid.h"

struct jobs {
	const struct grid *grid;
	const size_t *points; // [n] what is to be run, in this order
	size_t n;
	int at_once;
	bool quiet, summary_only;
};

struct jobs_result {
	size_t done, failed;
	bool interrupted; // by SIGINT or SIGTERM: all processes have been ended, no half point counts
};

// Shows progress with the time left on standard error, and each failure as a line. 0, or a negative errno
// when no process could be started. Blocks SIGCHLD, SIGINT and SIGTERM while it runs.
int jobs_run(const struct jobs *jobs, struct jobs_result *result, struct err *err);
