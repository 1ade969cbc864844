// SPDX-License-Identifier: BSD-3-Clause
// `airbatch plan`: prints what a policy decides for one problem: a topology's first round, or an instance
// file.
#pragma once

// Runs the command line (argv[0] is "plan"); prints to standard output, errors to standard error in one line.
// Returns the exit status: 0, 1 when planning failed, 2 for wrong usage or input (unreadable, or a policy
// that is not there).
int plan_command(int argc, char **argv);

struct argp;
extern const struct argp plan_argp; // its command line
