// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/bsp/width.h"

#include <gsl/gsl_sf_lambert.h>
#include <math.h>

// From here on the SNR would be below a millionth, and y - 1 would lose its digits.
static const double MOST_A = 1 - 5e-7;
// Below it the argument of W is -a, and W_-1(-a) grows without bound only as log(a) does.
static const double LEAST_A = 1e-290;

static double width_at_power(double c, double rate_bps)
{
	double a = rate_bps * M_LN2 / c;
	if (!(a < MOST_A))
		return INFINITY;
	if (a < LEAST_A)
		return 0;
	double y = -gsl_sf_lambert_Wm1(-a * exp(-a)) / a;
	return c / (y - 1);
}

double granted_width_hz(const struct snapshot_job *user, double rate_bps)
{
	if (user->snr > 0)
		return rate_bps / log2(1 + user->snr);
	return user->power_to_noise_hz > 0 ? width_at_power(user->power_to_noise_hz, rate_bps) : INFINITY;
}
