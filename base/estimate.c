// SPDX-License-Identifier: BSD-3-Clause
#include "base/estimate.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

struct share_interval share_interval(double share, double n)
{
	double k = share * n;
	if (!(n > 0))
		return (struct share_interval){NAN, NAN};
	return (struct share_interval){.low = k > 0 ? gsl_cdf_beta_Pinv(.025, k, n - k + 1) : 0,
				       .high = k < n ? gsl_cdf_beta_Pinv(.975, k + 1, n - k) : 1};
}

struct estimate estimate_of(const double *values, size_t n)
{
	if (n == 0)
		return (struct estimate){NAN, NAN, NAN, NAN};
	struct estimate e = {.mean = gsl_stats_mean(values, 1, n)};
	gsl_stats_minmax(&e.low, &e.high, values, 1, n);
	if (n > 1)
		e.ci95 = gsl_cdf_tdist_Pinv(.975, (double)(n - 1)) * gsl_stats_sd_m(values, 1, n, e.mean) /
			 sqrt((double)n);
	return e;
}
