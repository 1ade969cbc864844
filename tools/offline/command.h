// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The command line of `airbatch offline`: the offline experiments by planning alone. Returns the exit status:
// 0 done, 1 failed, 2 wrong usage or input. A shape that does not hold is a finding, not a failure.
int offline_command(int argc, char **argv);

struct argp;
extern const struct argp offline_argp; // its command line
