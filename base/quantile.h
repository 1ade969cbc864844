// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stddef.h>

// The q-quantile of n values by linear interpolation between order statistics (type 7, as R and numpy);
// sorts values in place. NaN when n is 0.
double quantile(double *values, size_t n, double q);
