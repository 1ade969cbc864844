// SPDX-License-Identifier: BSD-3-Clause
// The one argument of commands that look at a run: its name or directory. A child of the command's argp,
// which hands over a const char * (NULL) at ARGP_KEY_INIT:
//   state->child_inputs[0] = &a->run;
#pragma once

#include <argp.h>

// For argp.children: exactly one RUN.
extern const struct argp_child run_argp_children[];
