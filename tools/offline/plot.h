// SPDX-License-Identifier: BSD-3-Clause
// Plots of the experiment: DIR/<name>.gp with its data inside, and DIR/<name>.svg by gnuplot.
#pragma once

#include "tools/offline/experiment.h"

// Writes every plot. 0; -ENOENT when gnuplot is not installed (the .gp files are there then), or another
// negative errno.
int plots_write(const struct experiment *experiment, const char *directory, struct err *err);
