// SPDX-License-Identifier: BSD-3-Clause
#include "phy/decibel.h"

#include <math.h>

static double held(double db)
{
	return isnan(db) ? DB_FLOOR : fmin(fmax(db, DB_FLOOR), DB_CEILING);
}

double db_to_linear(double db)
{
	return pow(10, held(db) / 10);
}

double linear_to_db(double ratio)
{
	return ratio > 0 ? held(10 * log10(ratio)) : DB_FLOOR;
}

double dbm_to_w(double dbm)
{
	return db_to_linear(dbm) * 1e-3;
}

double w_to_dbm(double power_w)
{
	return linear_to_db(power_w * 1e3);
}
