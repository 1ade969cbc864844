// SPDX-License-Identifier: BSD-3-Clause
#include "stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

// P(K > x) of the Kolmogorov distribution.
static double kolmogorov_tail(double x)
{
	if (x < 0.2)
		return 1;
	double sum = 0;
	for (int j = 1; j <= 100; j++)
		sum += (j % 2 ? 2 : -2) * exp(-2. * j * j * x * x);
	return fmin(1, fmax(0, sum));
}

struct ks ks_test(double *sample, size_t n, cdf_fn cdf, const void *parameters)
{
	gsl_sort(sample, 1, n);
	double size = (double)n, distance = 0;
	for (size_t i = 0; i < n; i++) {
		double expected = cdf(sample[i], parameters);
		distance =
		    fmax(distance, fmax((double)(i + 1) / size - expected, expected - (double)i / size));
	}
	return (struct ks){distance, kolmogorov_tail((sqrt(size) + 0.12 + 0.11 / sqrt(size)) * distance)};
}

double chi_square_test(const double *counts, const double *expected, size_t cells, double *statistic)
{
	double chi = 0, count = 0, expect = 0, left = 0;
	int merged = 0;
	for (size_t i = 0; i < cells; i++)
		left += expected[i];
	for (size_t i = 0; i < cells; i++) {
		count += counts[i];
		expect += expected[i];
		left -= expected[i];
		// A rest that expects less than 5 joins this cell.
		if ((expect < 5 || left < 5) && i + 1 < cells)
			continue;
		chi += (count - expect) * (count - expect) / expect;
		merged++;
		count = expect = 0;
	}
	*statistic = chi;
	return merged > 1 ? gsl_cdf_chisq_Q(chi, merged - 1) : 1;
}

// The x at which the beta distribution has p below it. By bisection: gsl_cdf_beta_Pinv does not converge for
// samples of thousands.
static double beta_quantile(double p, double a, double b)
{
	double low = 0, high = 1;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		if (gsl_cdf_beta_P(middle, a, b) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

struct interval binomial_interval(double k, double n, double level)
{
	return (struct interval){k > 0 ? beta_quantile(level / 2, k, n - k + 1) : 0,
				 k < n ? beta_quantile(1 - level / 2, k + 1, n - k) : 1};
}

struct interval mean_interval(const double *values, size_t n, double level)
{
	double half =
	    gsl_cdf_tdist_Qinv(level / 2, (double)n - 1) * deviation_of(values, n) / sqrt((double)n);
	double mean = mean_of(values, n);
	return (struct interval){mean - half, mean + half};
}

struct interval correlation_interval(double r, size_t n, double level)
{
	double half = gsl_cdf_ugaussian_Qinv(level / 2) / sqrt((double)n - 3);
	return (struct interval){tanh(atanh(r) - half), tanh(atanh(r) + half)};
}

double mean_of(const double *values, size_t n)
{
	return gsl_stats_mean(values, 1, n);
}

double deviation_of(const double *values, size_t n)
{
	return gsl_stats_sd(values, 1, n);
}

double correlation_of(const double *a, const double *b, size_t n)
{
	return gsl_stats_correlation(a, 1, b, 1, n);
}
