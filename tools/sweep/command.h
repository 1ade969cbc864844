// SPDX-License-Identifier: BSD-3-Clause
// `airbatch sweep`: a grid over any parameters of one topology, in parallel and resumable, gathered into one
// table. `airbatch offline` (tools/offline) plans without running; this runs.
#pragma once

struct argp;
extern const struct argp sweep_argp;

// The command line. Returns the exit status: 0 all points done, 1 some failed or it was interrupted, 2 wrong
// usage or input.
int sweep_command(int argc, char **argv);
