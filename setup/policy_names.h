// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdio.h>

// Names of the built-in policies, NULL-terminated: what a topology may say. In online ones a capital K stands
// for a number (edge/online/decider.h).
const char *const *policy_names(void);

// All of them with a line each.
void policy_names_print(FILE *out);
