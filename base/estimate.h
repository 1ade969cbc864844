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

// The 95 % interval of the share of which n independent trials show this one (Clopper and Pearson 1934:
// quantiles of beta distributions, so that share x n need not be whole). NaN when n is 0.
struct share_interval {
	double low, high;
};
struct share_interval share_interval(double share, double n);
