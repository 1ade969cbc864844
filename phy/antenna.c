// SPDX-License-Identifier: BSD-3-Clause
#include "phy/antenna.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#define BEAMWIDTH_DEG 65.
#define MAX_ATTENUATION_DB 30.

const char *const antenna_names[] = {[ANTENNA_ISOTROPIC] = "isotropic", [ANTENNA_SECTOR] = "sector", NULL};

int antenna_check(const struct antenna *a, struct err *err)
{
	if (a->model != ANTENNA_ISOTROPIC && a->model != ANTENNA_SECTOR)
		return err_set(err, EINVAL, "antenna model %d is unknown", (int)a->model);
	if (!(a->gain_dbi >= -50 && a->gain_dbi <= 80))
		return err_set(err, EINVAL, "antenna gain %g dBi is outside -50 .. 80 dBi", a->gain_dbi);
	if (!(fabs(a->azimuth_deg) <= 360))
		return err_set(err, EINVAL, "antenna azimuth %g degrees is outside -360 .. 360",
			       a->azimuth_deg);
	if (!(fabs(a->downtilt_deg) <= 90))
		return err_set(err, EINVAL, "antenna downtilt %g degrees is outside -90 .. 90",
			       a->downtilt_deg);
	return 0;
}

static double cut_db(double off_deg)
{
	double widths = off_deg / BEAMWIDTH_DEG;
	return fmin(12 * widths * widths, MAX_ATTENUATION_DB);
}

double antenna_gain_dbi(const struct antenna *a, struct position from, struct position to)
{
	double ground = ground_distance_m(from, to), rise = to.z_m - from.z_m;
	if (a->model == ANTENNA_ISOTROPIC || !(ground > 0 || fabs(rise) > 0))
		return a->gain_dbi;
	double azimuth = atan2(to.y_m - from.y_m, to.x_m - from.x_m) * 180 / M_PI;
	double elevation = atan2(rise, ground) * 180 / M_PI;
	double horizontal = cut_db(remainder(azimuth - a->azimuth_deg, 360));
	double vertical = cut_db(elevation + a->downtilt_deg);
	return a->gain_dbi - fmin(horizontal + vertical, MAX_ATTENUATION_DB);
}
