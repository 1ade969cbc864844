// SPDX-License-Identifier: BSD-3-Clause
// All combinations of the axes' values over one topology file, and where each point's results are:
//
//   DIR/sweep.json           file, axes and engine: what resumes the sweep, and what a cluster's tasks read
//   DIR/points/NAME/         a run directory; there only when the run is done (it is renamed into its place)
//   DIR/points/NAME.part/    of a run that is under way, or was stopped
//   DIR/points/NAME.failed   why a run failed, a sentence
//   DIR/sweep.csv            what was gathered
//
// NAME is made of the point's values, so that a sweep with more values keeps the points it has.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "tools/sweep/axis.h"

enum { GRID_MOST_AXES = 32, GRID_MOST_POINTS = 1000000, GRID_NAME_SIZE = 200 };

struct grid {
	char file[PATH_MAX];	  // the topology, absolute
	char directory[PATH_MAX]; // absolute
	uint64_t hash;		  // of the topology file
	bool emulate;		  // real packets; else virtual time
	struct axis axes[GRID_MOST_AXES];
	int n_axes;
};

// The number of points, the product of the axes' lengths; 0 when it is more than GRID_MOST_POINTS.
size_t grid_points(const struct grid *g);

// Which value of an axis a point has. The last axis varies fastest.
size_t grid_value_index(const struct grid *g, size_t point, int axis);
const char *grid_value(const struct grid *g, size_t point, int axis);

// "ues.count=4,policy=og": unique in the grid and short enough for a file name.
void grid_name(const struct grid *g, size_t point, char name[GRID_NAME_SIZE]);

// DIR/points/NAME + suffix.
void grid_path(const struct grid *g, size_t point, const char *suffix, char path[PATH_MAX]);

// "key=value" of the axes with several values (swept), or of those with one, NULL-terminated: `set` and
// `fixed` of topology_load. The list and its texts are one allocation that the caller frees; NULL without
// memory.
const char **grid_overrides(const struct grid *g, size_t point, bool swept);

// Makes the file's path absolute, reads its hash, and compares with the sweep that is in the directory, if
// any: -EEXIST when it is of another topology, -ESTALE when the topology file has changed since.
int grid_check(struct grid *g, struct err *err);

// Makes the directory, checks as above, and writes sweep.json.
int grid_save(struct grid *g, struct err *err);

// Reads directory/sweep.json back. -ENOENT when there is none; -ESTALE when the topology file has changed
// since.
int grid_load(struct grid *g, const char *directory, struct err *err);

void grid_free(struct grid *g);
