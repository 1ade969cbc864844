// SPDX-License-Identifier: BSD-3-Clause
// Names of running runs: one file each under the runtime folder ($XDG_RUNTIME_DIR/airbatch, root:
// /run/airbatch), locked as long as its supervisor lives. A file whose lock is free was left by a killed
// supervisor.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct run_name {
	char name[80];
	char path[300];
	int fd; // holds the lock
};

// Takes `name`, or, when may_number is set, the first free of name, name-2, name-3, ... -EEXIST when it runs
// already. directory is the run directory, kept for `airbatch ls`.
int run_name_take(struct run_name *n, const char *name, int may_number, const char *directory,
		  struct err *err);
void run_name_release(struct run_name *n);

// What the names of its namespaces under /run/netns start with: "airbatch-NAME-".
void run_name_prefix(char *prefix, size_t size, const char *name);

struct run_listed {
	char name[80];
	char directory[512];
	int pid;	  // of the supervisor
	int running;	  // 0: left over
	int64_t began_ns; // CLOCK_REALTIME
};

// Calls each for every entry. Returns how many, or a negative errno.
int run_names_each(void (*each)(const struct run_listed *listed, void *user), void *user, struct err *err);

// The run directory of a running run, by its name or given as a directory already. -ENOENT with the names
// that run.
int run_name_directory(const char *name_or_directory, char *directory, size_t size, struct err *err);

// Removes what killed supervisors left: their files here, and names of their namespaces under /run/netns.
// Returns how many.
int run_names_clean(struct err *err);
