// SPDX-License-Identifier: BSD-3-Clause
// `airbatch early-exit`: plans drawn rounds of batching with early exits with every policy, a row each.
#pragma once

// Prints CSV to standard output: draw, policy, served (users in time), granted_hz (of all), end_ms (of the
// last batch, after the round's start; T_u where nobody is served), plan_us. Errors go to standard error in
// one line. Returns the exit status: 0, 1 when planning failed, 2 for wrong usage or input.
int early_exit_command(int argc, char **argv);

struct argp;
extern const struct argp early_exit_argp;
