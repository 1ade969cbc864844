// SPDX-License-Identifier: BSD-3-Clause
// `airbatch plan`: prints what a policy decides for one problem.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "edge/policy/policy.h"

// Runs the command line (argv[0] is "plan"); prints to standard output, errors to standard error in one line.
// Returns the exit status: 0, 1 when reading or planning failed, 64 for wrong usage.
int plan_command(int argc, char **argv);

// Plans a snapshot with the policy of that name (or path, see edge/policy/outside.h) and prints the answer.
int plan_and_print(const struct snapshot *snapshot, const char *policy, bool json, FILE *out,
		   struct err *err);
