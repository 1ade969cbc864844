// SPDX-License-Identifier: BSD-3-Clause
// FDMA with bands given at run time: the policy at the edge decides, as an xApp does for a base station.
#include "mac/grant/grant.h"

#include <errno.h>
#include <math.h>

#define ROUNDING 1e-9 // of the band: shares such as W/3 add up to W no better than that

const struct grant_rule grant_granted = {.name = "granted", .sharing = GRANT_OWN_BANDS};

int grant_check(double hertz, double others_hz, double band_hz, struct err *err)
{
	if (!(isfinite(hertz) && hertz >= 0))
		return err_set(err, EINVAL, "a grant of %g Hz: it must be 0 or more", hertz);
	double excess_hz = hertz + others_hz - band_hz;
	if (excess_hz > ROUNDING * band_hz)
		return err_set(
		    err, ERANGE,
		    "a grant of %.10g Hz exceeds the band by %.10g Hz: %.10g Hz of %.10g Hz are free", hertz,
		    excess_hz, fmax(band_hz - others_hz, 0), band_hz);
	return 0;
}
