// SPDX-License-Identifier: BSD-3-Clause
// `airbatch exec RUN NODE -- COMMAND`: any program in a node's network namespace, behind the shaped link.
#pragma once

#include <jansson.h>
#include "base/err.h"

struct argp;
extern const struct argp exec_argp;

// The process ids of a running run's nodes, {"shaper": 1, "edge": 2, "ue1": 3, ...}: a new reference, or NULL
// with a sentence. run: its name or directory.
json_t *run_processes(const char *run, struct err *err);

// The command line. Becomes the command; returns the exit status only when that failed.
int exec_command(int argc, char **argv);
