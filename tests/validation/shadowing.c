// SPDX-License-Identifier: BSD-3-Clause
// Shadowing against a normal law and Gudmundson's exponential autocorrelation. Every UE's way is one sample:
// the samples are independent.
#include "sections.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "phy/shadowing.h"
#include "stats.h"

#define WAYS 10000
#define LAGS 12
#define LAG_M 10.
#define SIGMA_DB 7.82 // UMi NLOS
#define DECORRELATION_M 13.
#define LONG_DECORRELATION_M 50. // UMa NLOS

static double normal_cdf(double x, const void *sigma)
{
	return gsl_cdf_gaussian_P(x, *(const double *)sigma);
}

// values[lag * WAYS + way], after lag steps of LAG_M.
static double *walk_ways(uint64_t seed, double decorrelation_m)
{
	double *values = must_allocate((LAGS + 1) * WAYS, sizeof(double));
	for (uint64_t way = 0; way < WAYS; way++) {
		struct rng *rng = rng_new(seed, 1, RNG_SHADOWING, way);
		must(rng != NULL, "out of memory");
		struct shadowing s;
		shadowing_init(&s, rng);
		for (int lag = 0; lag <= LAGS; lag++)
			values[(size_t)lag * WAYS + way] =
			    shadowing_db(&s, lag * LAG_M, SIGMA_DB, decorrelation_m);
		rng_free(rng);
	}
	return values;
}

static void compare_marginal(struct report *r, double *values, const char *when)
{
	const double sigma = SIGMA_DB;
	struct ks ks = ks_test(values, WAYS, normal_cdf, &sigma);
	report_test(r, law_name("normal of sigma %g dB %s: Kolmogorov-Smirnov distance", SIGMA_DB, when),
		    ks.distance, ks.p, WAYS);
}

static void compare_correlation(struct report *r, const double *values, double decorrelation_m, FILE *series)
{
	for (int lag = 1; lag <= LAGS; lag++) {
		double rho = correlation_of(values, values + (size_t)lag * WAYS, WAYS);
		double expected = exp(-lag * LAG_M / decorrelation_m);
		struct interval ci = correlation_interval(rho, WAYS, LEVEL);
		fprintf(series, "%g,%g,%.5f,%.5f,%.5f,%.5f\n", decorrelation_m, lag * LAG_M, rho, ci.low,
			ci.high, expected);
		if (lag == 1 || lag == 3 || lag == 5)
			report_interval(
			    r, law_name("autocorrelation after %g m, D = %g m", lag * LAG_M, decorrelation_m),
			    rho, expected, ci, WAYS);
	}
	fprintf(series, "\n\n");
}

void validate_shadowing(struct report *r)
{
	static const double decorrelation_m[] = {DECORRELATION_M, LONG_DECORRELATION_M};
	FILE *series = report_series(r, "shadowing", "decorrelation_m,way_m,correlation,low,high,expected");
	for (int i = 0; i < 2; i++) {
		double *values = walk_ways(r->seed + (uint64_t)i * 1000000, decorrelation_m[i]);
		compare_correlation(r, values, decorrelation_m[i], series);
		if (i == 0) {
			compare_marginal(r, values, "at the start");
			compare_marginal(r, values + LAGS * WAYS, "after 120 m");
		}
		free(values);
	}
	fclose(series);
}
