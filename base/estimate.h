// SPDX-License-Identifier: BSD-3-Clause
// A mean and how well it is known.
#pragma once

#include <stddef.h>

struct estimate {
	double mean;
	double ci95;	  // half width of the 95 % interval (Student's t); 0 with one value
	double low, high; // extremes of the values
};

// Of n values; all NaN when n is 0.
struct estimate estimate_of(const double *values, size_t n);
