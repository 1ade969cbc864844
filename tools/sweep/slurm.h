// SPDX-License-Identifier: BSD-3-Clause
// A sweep as a Slurm job array: DIR/sweep.sbatch for sbatch(1), DIR/points.txt for people.
#pragma once

#include "tools/sweep/grid.h"

enum { SLURM_MOST_TASKS = 1000 }; // below Slurm's default MaxArraySize, 1001

// The array has a task a point, at most SLURM_MOST_TASKS, each with every N-th point; a task does nothing for
// points that are done, so the script can be submitted again. at_once: tasks at a time, 0 = as many as the
// cluster gives. path gets the script.
int slurm_write(const struct grid *g, int at_once, char path[PATH_MAX], struct err *err);
