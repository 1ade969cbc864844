// SPDX-License-Identifier: BSD-3-Clause
// `airbatch doctor`: what this machine can do for a run, one line a thing; where something is missing or
// poor, what that does to a run and what would help.
#pragma once

struct argp;
extern const struct argp doctor_argp;

// The command line. Returns the exit status: 0 = `airbatch run` works here, 1 = something prevents it, 2 =
// wrong usage.
int doctor_command(int argc, char **argv);
