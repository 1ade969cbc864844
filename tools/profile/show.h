// SPDX-License-Identifier: BSD-3-Clause
// Profiles for people.
#pragma once

#include <stdio.h>
#include "dnn/profile.h"

// What was measured where, a table of medians in ms, which batches run padded, and the whole network's time
// over b as bars of characters.
void profile_print(const struct profile *p, FILE *out);

// Draws the whole networks' times over b, in all and an input, as SVG with gnuplot. 0, or a negative errno
// with a sentence.
int profile_plot(struct profile *const profiles[], int n, const char *path, struct err *err);

// `airbatch profile show FILE|NAME... [--plot FILE.svg] [--csv FILE]`
int profile_show_command(int argc, char **argv);
