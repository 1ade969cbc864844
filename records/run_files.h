// SPDX-License-Identifier: BSD-3-Clause
// What a run directory may hold: the one table of it. `airbatch help run-directory` prints it, and
// --overwrite removes these files and no others: whatever a run or `airbatch report` writes there must stand
// here.
#pragma once

#include <stdbool.h>

struct run_file {
	const char *name;    // for people, such as "profile-NETWORK.csv"; NULL ends the table
	const char *pattern; // the whole name as an extended regular expression
	const char *doc;
};

extern const struct run_file run_files[];

// Locked while the run lives; that it is there tells that the directory is a run's.
#define RUN_LOCK ".run"

// Whether `name` is in the table, or the temporary file of one (NAME.PID.tmp), left by a process that was
// killed while it wrote.
bool run_file_is(const char *name);

// Whether `name` may stand in config/.
bool run_config_is(const char *name);
