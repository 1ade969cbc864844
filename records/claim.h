// SPDX-License-Identifier: BSD-3-Clause
// A directory that one run has to itself. It is made, or it is empty, or, where that is asked for, it holds a
// run that is over and nothing else; two runs never have the same one at the same time.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include "base/err.h"

struct run_claim {
	char path[PATH_MAX]; // absolute
	int lock;	     // descriptor; -1 = nothing is claimed
	bool made;	     // by this claim
};

// Takes `path`. overwrite: it may hold the records of a run that is over, which stay until run_claim_clear.
// 0; or a negative errno with a sentence, and nothing is changed: -EEXIST when it holds anything else or a
// run lives in it, -ENOTDIR for a file.
int run_claim(struct run_claim *c, const char *path, bool overwrite, struct err *err);

// Makes and takes the first of path, path-2, path-3, ... that is not there. At most 10,000 of one name.
int run_claim_new(struct run_claim *c, const char *path, struct err *err);

// Removes the records of the run before. 0 or a negative errno.
int run_claim_clear(struct run_claim *c, struct err *err);

// Ends the claim. recorded = false: nothing was written; the directory is left as it was found.
void run_claim_release(struct run_claim *c, bool recorded);
