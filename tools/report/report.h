// SPDX-License-Identifier: BSD-3-Clause
// `airbatch report DIR...`: run directories and sweeps as one self-contained page with plots.
#pragma once

struct argp;
extern const struct argp report_argp;

#include "base/err.h"

struct report_options {
	const char *const *directories; // of runs and sweeps, NULL-terminated, at least one
	const char *out;		// NULL: DIR/report.html of one run, ./report.html of several
	const char *plots;		// directory for the plots as files (plots_write_files); NULL = none
	const char
	    *metrics; // what is drawn against the parameters, separated by commas; NULL = the usual ones
};

// Writes the report. 0 = all of it; 1 = written, but a run or the plots are missing or damaged (each said as
// a log line and in the page); negative errno with a sentence: nothing was written. path (may be NULL) gets
// the page's path.
int report_runs(const struct report_options *options, char *path, unsigned long path_size, struct err *err);

int report_command(int argc, char **argv);
