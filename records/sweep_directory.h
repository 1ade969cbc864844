// SPDX-License-Identifier: BSD-3-Clause
// The folder of a sweep (tools/sweep/grid.h says what lies there), as its readers see it.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

// Whether a folder is a sweep's.
bool sweep_directory_is(const char *path);

struct sweep_directory {
	json_t *axes;  // of sweep.json: [{"key": .., "values": [..]}]
	char **points; // [n_points] the paths of its run directories, by name
	size_t n_points;
};

// 0; or a negative errno with a sentence: no sweep, or none of its points is done. Free it in any case.
int sweep_directory_read(struct sweep_directory *s, const char *path, struct err *err);
void sweep_directory_free(struct sweep_directory *s);

// A point's place in the grid, the last axis fastest, by the overrides in its summary; SIZE_MAX when the grid
// has no such point (its values were swept at another time).
size_t sweep_directory_place(const struct sweep_directory *s, const json_t *summary);
