// SPDX-License-Identifier: BSD-3-Clause
// `airbatch show DIR...`: the figures of run directories, several side by side.
#pragma once

#include <stdio.h>
#include "base/err.h"

// Prints each run's tables; with several runs also their comparison against the first. directories:
// NULL-terminated.
int show_runs(const char *const *directories, FILE *out, struct err *err);

int show_command(int argc, char **argv);

struct argp;
extern const struct argp show_argp; // its command line
