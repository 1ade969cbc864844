// SPDX-License-Identifier: BSD-3-Clause
// What encoding and decoding a value costs, beside copying its 4 bytes: on the largest and a small tensor of
// mobilenet-v2, medians.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "dnn/features.h"
#include "dnn/features_codecs_private.h"

enum { RUNS = 301, LARGE = 401408, SMALL = 7840 };

struct tensors {
	float *values, *decoded;
	void *wire;
};

static struct features_layout row(int64_t n)
{
	return (struct features_layout){.rows = 1, .channels = n};
}

typedef void (*step)(const struct tensors *t, int64_t n);

static void copy(const struct tensors *t, int64_t n)
{
	memcpy(t->decoded, t->values, (size_t)n * sizeof(float));
}

static void to_fp16(const struct tensors *t, int64_t n)
{
	features_encode(FEATURES_FP16, row(n), t->values, t->wire, NULL);
}

static void from_fp16(const struct tensors *t, int64_t n)
{
	features_decode(FEATURES_FP16, row(n), t->wire, t->decoded, NULL);
}

static void to_fp16_portable(const struct tensors *t, int64_t n)
{
	fp16_encode_portable(t->values, n, t->wire);
}

static void from_fp16_portable(const struct tensors *t, int64_t n)
{
	fp16_decode_portable(t->wire, n, t->decoded);
}

static void to_int8(const struct tensors *t, int64_t n)
{
	features_encode(FEATURES_INT8, row(n), t->values, t->wire, NULL);
}

static void from_int8(const struct tensors *t, int64_t n)
{
	features_decode(FEATURES_INT8, row(n), t->wire, t->decoded, NULL);
}

static double median_ns(step what, const struct tensors *t, int64_t n)
{
	double took[RUNS];
	for (int i = 0; i < RUNS; i++) {
		int64_t start = clock_now_ns();
		what(t, n);
		took[i] = (double)(clock_now_ns() - start) / (double)n;
	}
	return quantile(took, RUNS, .5);
}

int main(void)
{
	static const struct {
		const char *name;
		step run;
	} steps[] = {{"memcpy of fp32", copy},
		     {"fp16 encode", to_fp16},
		     {"fp16 decode", from_fp16},
		     {"fp16 encode, portable", to_fp16_portable},
		     {"fp16 decode, portable", from_fp16_portable},
		     {"int8 encode", to_int8},
		     {"int8 decode", from_int8}};
	struct tensors t = {malloc(LARGE * sizeof(float)), malloc(LARGE * sizeof(float)),
			    malloc(LARGE * sizeof(float))};
	struct rng *rng = rng_new(1, 0, RNG_INPUT, 0);
	if (!t.values || !t.decoded || !t.wire || !rng)
		return 1;
	for (int i = 0; i < LARGE; i++)
		t.values[i] = (float)rng_normal(rng, 0, 1);
	printf("%-24s %14s %14s  ns a value\n", "", "401408 values", "7840 values");
	for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
		double large = median_ns(steps[k].run, &t, LARGE), small = median_ns(steps[k].run, &t, SMALL);
		printf("%-24s %14.3f %14.3f\n", steps[k].name, large, small);
	}
	rng_free(rng);
	free(t.values);
	free(t.decoded);
	free(t.wire);
	return 0;
}
