// SPDX-License-Identifier: BSD-3-Clause
// `airbatch set`: changes links of a running run (keys: emu/supervisor/live_key.h).
#pragma once

// The command line of `airbatch set`. Returns the exit status.
int set_command(int argc, char **argv);

struct argp;
extern const struct argp set_argp;
