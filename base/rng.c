// SPDX-License-Identifier: BSD-3-Clause
#include "base/rng.h"

#include <errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

struct rng {
	gsl_rng *gsl;
};

// SplitMix64 (Steele, Lea, Flood 2014): one well-mixed word per input word.
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

struct rng_key rng_key(uint64_t seed, uint64_t run, enum rng_purpose purpose, uint64_t index)
{
	return (struct rng_key){mix(mix(mix(mix(seed) ^ run) ^ (uint64_t)purpose) ^ index)};
}

double rng_uniform_at(struct rng_key key, uint64_t n)
{
	return (double)(mix(mix(n) ^ key.word) >> 11) * 0x1p-53;
}

struct rng *rng_new(uint64_t seed, uint64_t run, enum rng_purpose purpose, uint64_t index)
{
	struct rng *rng = malloc(sizeof(*rng));
	if (!rng)
		return NULL;
	gsl_set_error_handler_off();
	rng->gsl = gsl_rng_alloc(gsl_rng_mt19937);
	if (!rng->gsl) {
		free(rng);
		errno = ENOMEM;
		return NULL;
	}
	gsl_rng_set(rng->gsl, (unsigned long)(rng_key(seed, run, purpose, index).word & 0xffffffffu));
	return rng;
}

void rng_free(struct rng *rng)
{
	if (!rng)
		return;
	gsl_rng_free(rng->gsl);
	free(rng);
}

double rng_uniform(struct rng *rng, double low, double high)
{
	return low + (high - low) * gsl_rng_uniform(rng->gsl);
}

double rng_normal(struct rng *rng, double mean, double sigma)
{
	return mean + gsl_ran_gaussian_ziggurat(rng->gsl, sigma);
}

double rng_exponential(struct rng *rng, double mean)
{
	return gsl_ran_exponential(rng->gsl, mean);
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
	return gsl_rng_uniform_int(rng->gsl, (unsigned long)n);
}
