// SPDX-License-Identifier: BSD-3-Clause
// The runs that a report is of: run directories as given, and the done points of sweeps.
#pragma once

#include "records/run_directory.h"

struct runs {
	struct run_directory *run; // [n] in the order given, a sweep's in that of its grid
	size_t n, capacity;
	int n_sweeps;
};

// Adds a run, or all points of a sweep. What cannot be read is a sentence more in problems and on the
// terminal. 0; or -ENOMEM with a sentence.
int runs_add(struct runs *r, const char *directory, json_t *problems, struct err *err);
void runs_free(struct runs *r);
