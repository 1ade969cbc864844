// SPDX-License-Identifier: BSD-3-Clause
// Before anything runs: every point's configuration is read, and what many of them need is prepared once.
#pragma once

#include "tools/sweep/grid.h"

// -EINVAL with the first point that the topology refuses, and why. Profiles that are not in the cache yet are
// measured here, one after the other: points that run beside each other would disturb such a measurement.
int check_points(const struct grid *g, const size_t *points, size_t n, bool quiet, struct err *err);
