// SPDX-License-Identifier: BSD-3-Clause
// The commands of `airbatch`: one table (tools/main.c) that runs them, lists them, explains them, completes
// them and writes their manuals.
#pragma once

struct argp;

struct command {
	const char *name;		   // NULL ends a table
	const char *summary;		   // one line
	int (*run)(int argc, char **argv); // argv[0] is "airbatch NAME"; returns the exit status
	const struct argp *argp;	   // its options and arguments
};
