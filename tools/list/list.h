// SPDX-License-Identifier: BSD-3-Clause
// `airbatch ls` and `airbatch clean`: the runs of this machine by name, and what killed ones left.
#pragma once

struct argp;
extern const struct argp list_argp, clean_argp;

// Their command lines. Return the exit status.
int list_command(int argc, char **argv);
int clean_command(int argc, char **argv);
