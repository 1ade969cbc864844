// SPDX-License-Identifier: BSD-3-Clause
// Block fading against exp(1) and the Rician power law, each block one independent sample.
#include "sections.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/rng.h"
#include "phy/fading.h"
#include "stats.h"

#define BLOCKS 20000
#define PLOT_POINTS 60

// P(power <= x) of mean 1 with a line of sight K times the rest: 2 (1 + K) x is noncentral chi-square of two
// degrees and noncentrality 2 K, a Poisson mixture of central ones.
static double rician_cdf(double x, const void *k_factor)
{
	double k = *(const double *)k_factor, sum = 0;
	unsigned last = (unsigned)(k + 12 * sqrt(k) + 20);
	for (unsigned j = 0; j <= last; j++)
		sum += gsl_ran_poisson_pdf(j, k) * gsl_cdf_chisq_P(2 * (1 + k) * x, 2 + 2. * j);
	return sum;
}

static double exponential_cdf(double x, const void *unused)
{
	(void)unused;
	return 1 - exp(-x);
}

static void draw_blocks(double *power, const struct fading *config, uint64_t seed, uint64_t index)
{
	struct rng *rng = rng_new(seed, 1, RNG_FADING, index);
	must(rng != NULL, "out of memory");
	struct fader fader;
	fader_init(&fader, config, rng);
	for (int i = 0; i < BLOCKS; i++)
		power[i] = fader_power(&fader, i * s_to_ns(config->coherence_s), 0);
	rng_free(rng);
}

static void write_cdf(FILE *series, const double *sorted, double k, cdf_fn cdf)
{
	for (int i = 0; i < PLOT_POINTS; i++) {
		size_t at = (size_t)((i + 0.5) * BLOCKS / PLOT_POINTS);
		fprintf(series, "%g,%.5f,%.5f,%.5f\n", k, sorted[at], (double)at / BLOCKS,
			cdf(sorted[at], &k));
	}
	fprintf(series, "\n\n");
}

static void compare(struct report *r, const struct fading *config, FILE *series)
{
	const char *name = law_name("%s, K = %g", fading_name(config->model), config->rician_k);
	char label[64];
	snprintf(label, sizeof(label), "%s", name);
	cdf_fn cdf = config->model == FADING_RAYLEIGH ? exponential_cdf : rician_cdf;
	double *power = must_allocate(BLOCKS, sizeof(double));
	draw_blocks(power, config, r->seed, (uint64_t)(10 * config->rician_k));
	double rho = correlation_of(power, power + 1, BLOCKS - 1);
	report_interval(r, law_name("%s: mean power", label), mean_of(power, BLOCKS), 1,
			mean_interval(power, BLOCKS, LEVEL), BLOCKS);
	report_interval(r, law_name("%s: correlation of neighbouring blocks", label), rho, 0,
			correlation_interval(rho, BLOCKS - 1, LEVEL), BLOCKS - 1);
	struct ks ks = ks_test(power, BLOCKS, cdf, &config->rician_k);
	report_test(r, law_name("%s: Kolmogorov-Smirnov distance", label), ks.distance, ks.p, BLOCKS);
	write_cdf(series, power, config->rician_k, cdf);
	free(power);
}

void validate_fading(struct report *r)
{
	static const struct fading configs[] = {
	    {.model = FADING_RAYLEIGH, .coherence_s = 0.01},
	    {.model = FADING_RICIAN, .rician_k = 1, .coherence_s = 0.01},
	    {.model = FADING_RICIAN, .rician_k = 5, .coherence_s = 0.01},
	    {.model = FADING_RICIAN, .rician_k = 20, .coherence_s = 0.01},
	};
	FILE *series = report_series(r, "fading", "k,power,share,expected");
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++)
		compare(r, &configs[i], series);
	fclose(series);
}
