// SPDX-License-Identifier: BSD-3-Clause
// `airbatch sim`: a topology in virtual time. Its options are those of `airbatch run` (tools/run/run.h).
#pragma once

// The command line; SIGINT and SIGTERM end it like an emulation. Returns the exit status.
int sim_command(int argc, char **argv);
