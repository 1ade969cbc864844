// SPDX-License-Identifier: BSD-3-Clause
#include "phy/shadowing.h"

#include <math.h>

void shadowing_init(struct shadowing *s, struct rng *rng)
{
	s->rng = rng;
	s->travelled_m = 0;
	s->unit = rng_normal(rng, 0, 1);
}

double shadowing_unit(struct shadowing *s, double travelled_m, double decorrelation_m)
{
	double step_m = travelled_m - s->travelled_m;
	if (!(step_m > 0))
		return s->unit;
	double steps = decorrelation_m > 0 ? step_m / decorrelation_m : INFINITY;
	// expm1 keeps the innovation of a very short step from vanishing in 1 - rho^2.
	s->unit = exp(-steps) * s->unit + sqrt(-expm1(-2 * steps)) * rng_normal(s->rng, 0, 1);
	s->travelled_m = travelled_m;
	return s->unit;
}

double shadowing_db(struct shadowing *s, double travelled_m, double sigma_db, double decorrelation_m)
{
	return sigma_db * shadowing_unit(s, travelled_m, decorrelation_m);
}
