// SPDX-License-Identifier: BSD-3-Clause
#include <gsl/gsl_cdf.h>
#include "tests/unit/phy/test_phy.h"
#include "phy/shadowing.h"

static double normal_cdf(double x, double sigma)
{
	return gsl_cdf_gaussian_P(x, sigma);
}

static void values_are_normal_wherever_one_looks(void **state)
{
	(void)state;
	enum { N = 4000 };
	static double first[N], later[N];
	uint64_t seed = test_seed();
	for (int i = 0; i < N; i++) {
		struct rng *rng = rng_new(seed, 0, RNG_TEST, (uint64_t)i);
		struct shadowing s;
		shadowing_init(&s, rng);
		first[i] = shadowing_db(&s, 0, 8, 50);
		for (double way = 1; way <= 30; way += 1)
			later[i] = shadowing_db(&s, way, 8, 50);
		rng_free(rng);
	}
	assert_true(ks_distance(first, N, normal_cdf, 8) < ks_bound(N));
	assert_true(ks_distance(later, N, normal_cdf, 8) < ks_bound(N));
}

// E[s(x) s(x + d)] = sigma^2 exp(-d / D), whether the way is walked in one step or in many.
static void correlation_falls_exponentially(void **state)
{
	(void)state;
	enum { N = 20000 };
	const double sigma = 8, decorrelation = 37, step[] = {37, 1, 0.1};
	const double way[] = {3.7, 18.5, 37, 74};
	uint64_t seed = test_seed();
	for (int k = 0; k < COUNT(step); k++) {
		double sum[COUNT(way)] = {0};
		for (int i = 0; i < N / (k == 2 ? 4 : 1); i++) {
			struct rng *rng = rng_new(seed, (uint64_t)k, RNG_TEST, (uint64_t)i);
			struct shadowing s;
			shadowing_init(&s, rng);
			double start = shadowing_db(&s, 0, sigma, decorrelation), at = 0;
			for (int w = 0; w < COUNT(way); w++) {
				while (at < way[w]) {
					at = fmin(at + step[k], way[w]);
					shadowing_db(&s, at, sigma, decorrelation);
				}
				sum[w] += start * shadowing_db(&s, way[w], sigma, decorrelation);
			}
			rng_free(rng);
		}
		int n = N / (k == 2 ? 4 : 1);
		for (int w = 0; w < COUNT(way);
		     w++) // standard error of a correlation: at most sqrt(2 / n); 4 of them
			assert_near(sum[w] / n / (sigma * sigma), exp(-way[w] / decorrelation),
				    4 * sqrt(2. / n));
	}
}

static void a_standstill_changes_nothing(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 0);
	struct shadowing s;
	shadowing_init(&s, rng);
	double value = shadowing_db(&s, 10, 8, 50);
	for (int i = 0; i < 100; i++)
		assert_near(shadowing_db(&s, i % 2 ? 10 : 5, 8, 50), value, 0);
	assert_near(shadowing_db(&s, 10, 4, 50), value / 2, 1e-12);
	assert_true(shadowing_db(&s, 1e12, 0, 50) == 0);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_normal_wherever_one_looks),
	    cmocka_unit_test(correlation_falls_exponentially),
	    cmocka_unit_test(a_standstill_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
