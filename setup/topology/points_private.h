// SPDX-License-Identifier: BSD-3-Clause
// Capture points as text ("radio,ue3", "all", "none") and back. Private to this room.
#pragma once

#include <jansson.h>
#include "setup/topology/topology.h"

// Reads a comma-separated list into *points (unaligned memory allowed). 0 or -EINVAL.
int points_read(void *points, const char *shown, const char *text, struct err *err);

bool points_has_ue(const struct topology_points *points, int ue);

// The highest UE number (from 1) that is named, 0 when none is.
int points_highest_ue(const struct topology_points *points);

// A list of names. NULL when out of memory.
json_t *points_to_json(const struct topology_points *points);
