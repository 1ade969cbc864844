// SPDX-License-Identifier: BSD-3-Clause
// Runs gnuplot.
#pragma once

#include "base/err.h"

// Feeds a script to gnuplot and returns what it draws on its standard output; the caller frees it. Nothing is
// written to a disk. NULL with a sentence: gnuplot is missing, or refuses the script.
char *gnuplot_draw(const char *script, struct err *err);

// Runs a script file inside a directory; what it draws goes where the script says. 0 or a negative errno.
int gnuplot_run_file(const char *directory, const char *script, struct err *err);
