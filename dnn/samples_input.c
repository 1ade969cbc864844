// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/rng.h"
#include "dnn/pentominoes.h"
#include "dnn/samples.h"
#include "dnn/samples_format_private.h"

enum { BLOBS = 6 };
#define NOISE_SIGMA 12.0

// A soft round spot: separable, exp(-(y^2 + x^2) / (2 r^2)), in one colour.
static void add_blob(const struct shape *s, struct rng *rng, double *image, double *row, double *column)
{
	double cy = rng_uniform(rng, 0, s->height), cx = rng_uniform(rng, 0, s->width);
	double r = rng_uniform(rng, 0.08, 0.35) * (s->height + s->width) / 2;
	for (int y = 0; y < s->height; y++)
		row[y] = exp(-(y - cy) * (y - cy) / (2 * r * r));
	for (int x = 0; x < s->width; x++)
		column[x] = exp(-(x - cx) * (x - cx) / (2 * r * r));
	for (int c = 0; c < s->channels; c++) {
		double height = rng_uniform(rng, -110, 110);
		for (int y = 0; y < s->height; y++)
			for (int x = 0; x < s->width; x++)
				image[((int64_t)y * s->width + x) * s->channels + c] +=
				    height * row[y] * column[x];
	}
}

static int draw_image(const struct shape *s, uint64_t seed, int index, uint8_t *u8)
{
	int64_t n = shape_values(*s);
	double *image = calloc((size_t)n, sizeof(double));
	double *row = malloc(sizeof(double) * (size_t)s->height),
	       *column = malloc(sizeof(double) * (size_t)s->width);
	struct rng *rng = rng_new(seed, 0, RNG_INPUT, (uint64_t)index);
	bool good = image && row && column && rng;
	if (good) {
		for (int b = 0; b < BLOBS; b++)
			add_blob(s, rng, image, row, column);
		for (int64_t i = 0; i < n; i++)
			u8[i] =
			    (uint8_t)fmin(fmax(127.5 + image[i] + rng_normal(rng, 0, NOISE_SIGMA), 0), 255);
	}
	free(image);
	free(row);
	free(column);
	rng_free(rng);
	return good ? 0 : -ENOMEM;
}

int samples_draw_input(const struct network *net, uint64_t seed, int index, void *wire)
{
	const struct shape *s = &net->subtasks[0].in;
	switch (net->input_kind) {
	case INPUT_IMAGE:
		if (net->pentominoes)
			return pentomino_draw(seed, (uint64_t)index, wire) < 0 ? -EINVAL : 0;
		return draw_image(s, seed, index, wire);
	case INPUT_POINTS:
		return samples_draw_points(seed, index, s->height, wire);
	}
	return -EINVAL;
}

int samples_class(const struct network *net, uint64_t seed, int index)
{
	uint8_t picture[PENTOMINO_BYTES];
	return net->pentominoes ? pentomino_draw(seed, (uint64_t)index, picture) : -1;
}
