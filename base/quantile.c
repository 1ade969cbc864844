// SPDX-License-Identifier: BSD-3-Clause
#include "base/quantile.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

double quantile(double *values, size_t n, double q)
{
	if (n == 0)
		return NAN;
	gsl_sort(values, 1, n);
	return gsl_stats_quantile_from_sorted_data(values, 1, n, q);
}
