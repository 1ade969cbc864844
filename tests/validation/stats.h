// SPDX-License-Identifier: BSD-3-Clause
// The statistics that judge a sample, on GSL's distributions. Intervals are two-sided, of 1 - level.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "report.h"

typedef double (*cdf_fn)(double x, const void *parameters);

struct ks {
	double distance, p;
};

// Kolmogorov-Smirnov: the greatest distance between the sample's distribution and a continuous one, and the
// probability of at least that (the limit law at (sqrt(n) + 0.12 + 0.11 / sqrt(n)) distance: Stephens 1970).
// Sorts the sample.
struct ks ks_test(double *sample, size_t n, cdf_fn cdf, const void *parameters);

// Pearson's chi-square of counts against expected counts, neighbours merged until each cell expects 5.
// The p value; the statistic in *statistic.
double chi_square_test(const double *counts, const double *expected, size_t cells, double *statistic);

// Clopper and Pearson's interval of a probability after k of n (both may be effective, fractional sizes).
struct interval binomial_interval(double k, double n, double level);

// Of a mean, by Student's t over n independent values.
struct interval mean_interval(const double *values, size_t n, double level);
// Of a correlation coefficient of normal pairs (Fisher's z).
struct interval correlation_interval(double r, size_t n, double level);

double mean_of(const double *values, size_t n);
double deviation_of(const double *values, size_t n); // n - 1 in the denominator
double correlation_of(const double *a, const double *b, size_t n);
