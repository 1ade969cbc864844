// SPDX-License-Identifier: BSD-3-Clause
// Jakes fading against Clarke's model: exp(1) powers, J0 for the correlation of h, J0^2 for that of the
// power. Every UE is one independent sample. h itself is rebuilt from the fader's angles and phases, and its
// power compared with the one that the fader gives.
#include "sections.h"

#include <complex.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "phy/fading.h"
#include "stats.h"

#define UES 20000
#define LAGS 41
#define LAG_WAVELENGTHS 0.05
#define FREQUENCY_HZ 2e9
#define TURN (2 * 3.14159265358979323846)
#define QUADRATURE 64

struct field {
	double *power;	    // [lag * UES + ue]
	double *re, *im;    // h likewise
	double worst_power; // greatest difference of |h|^2 and the fader's power
};

static double complex rebuild(const struct fader *f, double wavelengths)
{
	double complex h = 0;
	for (int n = 0; n < FADING_SINUSOIDS; n++)
		h += cexp(I * TURN * (wavelengths * f->cosine[n] + f->phase_turns[n]));
	return h / sqrt(FADING_SINUSOIDS);
}

static void sample_ue(struct field *field, size_t ue, struct rng *rng)
{
	static const struct fading config = {.model = FADING_JAKES, .frequency_hz = FREQUENCY_HZ};
	struct fader fader;
	fader_init(&fader, &config, rng);
	for (size_t lag = 0; lag < LAGS; lag++) {
		double wavelengths = (double)lag * LAG_WAVELENGTHS;
		double power = fader_power(&fader, 0, wavelengths * 299792458. / FREQUENCY_HZ);
		double complex h = rebuild(&fader, wavelengths);
		field->power[lag * UES + ue] = power;
		field->re[lag * UES + ue] = creal(h);
		field->im[lag * UES + ue] = cimag(h);
		field->worst_power = fmax(field->worst_power, fabs(power - creal(h * conj(h))));
	}
}

// cov(|h(0)|^2, |h(x)|^2) of the sum of N sinusoids: J0^2 - N^-2 sum_n |c_n|^2, c_n the mean of sinusoid n
// over its random angle. Follows from the independence of the phases.
static double finite_covariance(double wavelengths)
{
	double self = 0;
	for (int n = 0; n < FADING_SINUSOIDS; n++) {
		double complex c = 0;
		for (int i = 0; i < QUADRATURE; i++) {
			double theta = TURN * ((i + 0.5) / QUADRATURE - 0.5);
			c += cexp(I * TURN * wavelengths * cos((TURN * n + theta) / FADING_SINUSOIDS)) /
			     QUADRATURE;
		}
		self += creal(c * conj(c));
	}
	double j0 = gsl_sf_bessel_J0(TURN * wavelengths);
	return j0 * j0 - self / (FADING_SINUSOIDS * FADING_SINUSOIDS);
}

// The part of a simultaneous interval over all lags (Bonferroni).
static struct interval simultaneous(const double *products)
{
	return mean_interval(products, UES, LEVEL / (LAGS - 1));
}

struct worst {
	double value, expected, excess; // of the lag nearest to, or furthest beyond, its interval's end
	struct interval ci;
};

static void keep_worst(struct worst *w, double value, double expected, struct interval ci)
{
	double half = (ci.high - ci.low) / 2, excess = fabs(value - expected) / half;
	if (excess > w->excess)
		*w = (struct worst){value, expected, excess, ci};
}

static void compare_correlation(struct report *r, const struct field *f)
{
	FILE *series = report_series(
	    r, "jakes", "wavelengths,h,h_low,h_high,j0,power,power_low,power_high,j0_squared,finite");
	double *product = must_allocate(UES, sizeof(double));
	struct worst worst_h = {0}, worst_power = {0};
	double worst_from_clarke = 0;
	for (size_t lag = 1; lag < LAGS; lag++) {
		double x = (double)lag * LAG_WAVELENGTHS, j0 = gsl_sf_bessel_J0(TURN * x);
		double finite = finite_covariance(x);
		for (size_t ue = 0; ue < UES; ue++)
			product[ue] = f->re[ue] * f->re[lag * UES + ue] + f->im[ue] * f->im[lag * UES + ue];
		struct interval ci = simultaneous(product);
		double h = mean_of(product, UES);
		keep_worst(&worst_h, h, j0, ci);
		for (size_t ue = 0; ue < UES; ue++)
			product[ue] = (f->power[ue] - 1) * (f->power[lag * UES + ue] - 1);
		struct interval power_ci = simultaneous(product);
		double power = mean_of(product, UES);
		keep_worst(&worst_power, power, finite, power_ci);
		worst_from_clarke = fmax(worst_from_clarke, fabs(finite - j0 * j0));
		fprintf(series, "%.2f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f\n", x, h, ci.low, ci.high,
			j0, power, power_ci.low, power_ci.high, j0 * j0, finite);
	}
	report_interval(r, "h: correlation against J0 over 2 wavelengths, the worst of 40 lags",
			worst_h.value, worst_h.expected, worst_h.ci, UES);
	report_interval(r,
			"power: covariance against J0^2 less the share of 32 sinusoids, the worst of 40 lags",
			worst_power.value, worst_power.expected, worst_power.ci, UES);
	report_exact(r, "power: what 32 sinusoids take from J0^2, at most 1/32", worst_from_clarke, 0,
		     1. / 32, LAGS - 1);
	free(product);
	fclose(series);
}

static double exponential_cdf(double x, const void *unused)
{
	(void)unused;
	return 1 - exp(-x);
}

static double phase_cdf(double turns, const void *unused)
{
	(void)unused;
	return turns;
}

static void compare_marginal(struct report *r, struct field *f)
{
	report_exact(r, "power is abs(h)^2: greatest difference", f->worst_power, 0, 1e-9, UES * LAGS);
	double *phase = must_allocate(UES, sizeof(double));
	for (size_t ue = 0; ue < UES; ue++)
		phase[ue] = atan2(f->im[ue], f->re[ue]) / TURN + 0.5;
	struct ks ks = ks_test(phase, UES, phase_cdf, NULL);
	report_test(r, "phase of h uniform: Kolmogorov-Smirnov distance", ks.distance, ks.p, UES);
	ks = ks_test(f->power, UES, exponential_cdf, NULL);
	report_test(r, "power exp(1): Kolmogorov-Smirnov distance", ks.distance, ks.p, UES);
	free(phase);
}

void validate_jakes(struct report *r)
{
	struct field field = {.power = must_allocate(LAGS * UES, sizeof(double)),
			      .re = must_allocate(LAGS * UES, sizeof(double)),
			      .im = must_allocate(LAGS * UES, sizeof(double))};
	for (size_t ue = 0; ue < UES; ue++) {
		struct rng *rng = rng_new(r->seed, 2, RNG_FADING, ue);
		must(rng != NULL, "out of memory");
		sample_ue(&field, ue, rng);
		rng_free(rng);
	}
	compare_correlation(r, &field);
	compare_marginal(r, &field);
	free(field.power);
	free(field.re);
	free(field.im);
}
