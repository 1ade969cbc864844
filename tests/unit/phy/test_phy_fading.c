// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_gamma.h>
#include "tests/unit/phy/test_phy.h"
#include "base/clock.h"
#include "phy/fading.h"

// Power of Rician fading of mean 1: (1 + K) x is half a noncentral chi-square of 2 degrees, a Poisson(K)
// mixture of gammas. K = 0 is exp(1).
static double rician_power_cdf(double x, double k)
{
	if (k == 0)
		return gsl_sf_gamma_inc_P(1, x);
	double sum = 0;
	for (unsigned j = 0; j < 200; j++)
		sum += gsl_ran_poisson_pdf(j, k) * gsl_sf_gamma_inc_P(1 + j, (1 + k) * x);
	return fmin(sum, 1);
}

static double exponential_cdf(double x, double mean)
{
	return -expm1(-x / mean);
}

static void the_tests_cdf_knows_its_special_case(void **state)
{
	(void)state;
	for (double x = 0.01; x < 10; x *= 1.5) {
		assert_near(rician_power_cdf(x, 0), exponential_cdf(x, 1), 1e-12);
		assert_near(rician_power_cdf(x, 1e-9), exponential_cdf(x, 1), 1e-8);
	}
}

static void block_fading_has_its_distribution(void **state)
{
	(void)state;
	enum { N = 20000 };
	static double power[N];
	uint64_t seed = test_seed();
	const double k[] = {0, 0.5, 3, 10};
	for (int i = 0; i < COUNT(k); i++) {
		struct fading config = {.model = k[i] > 0 ? FADING_RICIAN : FADING_RAYLEIGH,
					.rician_k = k[i],
					.coherence_s = 1e-3};
		struct rng *rng = rng_new(seed, (uint64_t)i, RNG_FADING, 0);
		struct fader f;
		fader_init(&f, &config, rng);
		for (int b = 0; b < N; b++)
			power[b] = fader_power(&f, b * NS_PER_MS + NS_PER_MS / 2, 0);
		double d = ks_distance(power, N, rician_power_cdf, k[i]);
		print_message("block fading, K = %g: Kolmogorov-Smirnov distance %.4f, bound %.4f\n", k[i], d,
			      ks_bound(N));
		assert_true(d < ks_bound(N));
		rng_free(rng);
	}
}

static void a_block_holds_for_the_coherence_time(void **state)
{
	(void)state;
	struct fading config = {.model = FADING_RAYLEIGH, .coherence_s = 5e-3};
	struct rng *rng = rng_new(test_seed(), 0, RNG_FADING, 0),
		   *again = rng_new(test_seed(), 0, RNG_FADING, 0);
	struct fader f, skipping;
	fader_init(&f, &config, rng);
	fader_init(&skipping, &config, again);
	double last = 0;
	int changes = 0;
	for (int64_t ms = 0; ms < 500; ms++) {
		double power = fader_power(&f, ms * NS_PER_MS, 0);
		changes += power != last;
		last = power;
		if (ms % 97 == 0) // another caller who asks rarely sees the same channel
			assert_near(fader_power(&skipping, ms * NS_PER_MS, 0), power, 0);
	}
	assert_int_equal(changes, 100);
	rng_free(rng);
	rng_free(again);
}

// Independent UEs at one instant: what a snapshot of many Jakes channels looks like. The sum of 32 sinusoids
// is not quite Gaussian: Kluyver's integral puts its power's distribution within 0.0037 of exp(1).
static void jakes_has_its_distribution(void **state)
{
	(void)state;
	enum { N = 10000 };
	static double power[N];
	uint64_t seed = test_seed();
	const double k[] = {0, 4}, when_s[] = {0, 1.234};
	for (int i = 0; i < COUNT(k); i++) {
		for (int t = 0; t < COUNT(when_s); t++) {
			struct fading config = {
			    .model = FADING_JAKES, .rician_k = k[i], .frequency_hz = 2e9, .speed_mps = 10};
			for (int ue = 0; ue < N; ue++) {
				struct rng *rng =
				    rng_new(seed, (uint64_t)i * 2 + (uint64_t)t, RNG_FADING, (uint64_t)ue);
				struct fader f;
				fader_init(&f, &config, rng);
				power[ue] = fader_power(&f, s_to_ns(when_s[t]), 0);
				rng_free(rng);
			}
			double d = ks_distance(power, N, rician_power_cdf, k[i]);
			print_message("jakes, K = %g at %g s: Kolmogorov-Smirnov distance %.4f, bound %.4f\n",
				      k[i], when_s[t], d, ks_bound(N) + 0.0037);
			assert_true(d < ks_bound(N) + 0.0037);
		}
	}
}

// Clarke: the correlation of h over a lag is J0(2 pi f_D lag), so that of the power is J0^2 (for a sum of N
// sinusoids less 1/N of what a single one contributes to the variance, 1 - 1/N in all).
static void jakes_is_correlated_as_j0(void **state)
{
	(void)state;
	enum { N = 20000, LAGS = 25 };
	uint64_t seed = test_seed();
	struct fading config = {.model = FADING_JAKES, .frequency_hz = 2e9, .speed_mps = 15};
	double doppler = doppler_hz(15, 2e9), sum[LAGS] = {0}, worst = 0;
	for (int ue = 0; ue < N; ue++) {
		struct rng *rng = rng_new(seed, 7, RNG_FADING, (uint64_t)ue);
		struct fader f;
		fader_init(&f, &config, rng);
		double start = fader_power(&f, NS_PER_S, 0);
		for (int lag = 0; lag < LAGS; lag++)
			sum[lag] +=
			    (start - 1) * (fader_power(&f, NS_PER_S + s_to_ns(lag * 0.1 / doppler), 0) - 1);
		rng_free(rng);
	}
	for (int lag = 0; lag < LAGS; lag++) {
		double j0 = gsl_sf_bessel_J0(2 * M_PI * lag * 0.1);
		worst = fmax(worst, fabs(sum[lag] / N - j0 * j0));
		// 4 standard errors of a mean product of two exp(1) deviations (variance at most 8 at lag 0,
		// 1 far away), and 1/32 for the finite sum.
		assert_near(sum[lag] / N, j0 * j0, 4 * sqrt((1 + 7 * j0 * j0) / N) + 1. / FADING_SINUSOIDS);
	}
	print_message("jakes: power correlation within %.4f of J0^2 over %d lags up to 2.4 / f_D\n", worst,
		      LAGS);
}

// The complex envelope itself: E h(0) conj h(t) = J0. Its phase is not visible in the power, so the sinusoids
// are summed here from the fader's own angles.
static void jakes_envelope_is_correlated_as_j0(void **state)
{
	(void)state;
	enum { N = 4000 };
	uint64_t seed = test_seed();
	struct fading config = {.model = FADING_JAKES, .frequency_hz = 2e9, .speed_mps = 15};
	for (double turns = 0; turns < 3; turns += 0.13) {
		double sum = 0;
		for (int ue = 0; ue < N; ue++) {
			struct rng *rng = rng_new(seed, 8, RNG_FADING, (uint64_t)ue);
			struct fader f;
			fader_init(&f, &config, rng);
			// Averaged over the phases, only equal sinusoids correlate.
			for (int n = 0; n < FADING_SINUSOIDS; n++)
				sum += cos(2 * M_PI * turns * f.cosine[n]) / FADING_SINUSOIDS;
			rng_free(rng);
		}
		assert_near(sum / N, gsl_sf_bessel_J0(2 * M_PI * turns), 4 * sqrt(.5 / FADING_SINUSOIDS / N));
	}
}

static void jakes_follows_the_way_of_its_ue(void **state)
{
	(void)state;
	struct fading own = {.model = FADING_JAKES, .frequency_hz = 2e9}, fixed = own;
	fixed.speed_mps = 10;
	struct rng *a = rng_new(test_seed(), 0, RNG_FADING, 0), *b = rng_new(test_seed(), 0, RNG_FADING, 0);
	struct fader by_way, by_time;
	fader_init(&by_way, &own, a);
	fader_init(&by_time, &fixed, b);
	for (int64_t ms = 0; ms < 1000; ms += 7)
		assert_ratio(fader_power(&by_way, 0, (double)ms * 0.01),
			     fader_power(&by_time, ms * NS_PER_MS, 0), 1e-9);
	assert_near(fader_power(&by_way, NS_PER_S, 3), fader_power(&by_way, 5 * NS_PER_S, 3), 0);
	rng_free(a);
	rng_free(b);
}

static void doppler_and_coherence(void **state)
{
	(void)state;
	assert_near(doppler_hz(30, 2e9), 200.138, 1e-3);
	assert_near(coherence_time_s(200), 2.115e-3, 1e-9);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	struct err err;
	const struct fading bad[] = {
	    {.model = FADING_RAYLEIGH},	     {.model = FADING_RICIAN, .coherence_s = 1, .rician_k = -1},
	    {.model = FADING_JAKES},	     {.model = FADING_JAKES, .frequency_hz = 2e9, .speed_mps = NAN},
	    {.model = (enum fading_model)9},
	};
	for (int i = 0; i < COUNT(bad); i++)
		assert_int_equal(fading_check(&bad[i], &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_tests_cdf_knows_its_special_case),
	    cmocka_unit_test(block_fading_has_its_distribution),
	    cmocka_unit_test(a_block_holds_for_the_coherence_time),
	    cmocka_unit_test(jakes_has_its_distribution),
	    cmocka_unit_test(jakes_is_correlated_as_j0),
	    cmocka_unit_test(jakes_envelope_is_correlated_as_j0),
	    cmocka_unit_test(jakes_follows_the_way_of_its_ue),
	    cmocka_unit_test(doppler_and_coherence),
	    cmocka_unit_test(wrong_parameters_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
