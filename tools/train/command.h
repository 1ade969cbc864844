// SPDX-License-Identifier: BSD-3-Clause
#pragma once

struct argp;
extern const struct argp train_argp, evaluate_argp;

// The command lines of `airbatch train` and `airbatch evaluate`. Return the exit status: 0 done, 1 failed or
// interrupted (what was reached is saved), 2 wrong usage or input.
int train_command(int argc, char **argv);
int evaluate_command(int argc, char **argv);
