// SPDX-License-Identifier: BSD-3-Clause
// What layers over sets of points ask of their inputs (dnn/points/points.h).
#pragma once

#include "dnn/layers/layers.h"
#include "dnn/points/points.h"

#define POSITIONS_MAX_M 1000.0 // of a radius or a limit

// Refuses a tensor `what` that is not points: one column, at least as many channels.
int positions_check(struct parser *p, struct shape s, int channels, const char *what);

// Input 0, `what`, must have that many channels and belong row by row to the positions of input 1. The output
// has its shape.
int positions_size(struct parser *p, struct layer *l, int channels, const char *what);

// The sum of squares that selections compare (points.h), over the first `channels`.
static inline float positions_squared_distance(const float *a, const float *b, int channels)
{
	float sum = 0;
	for (int c = 0; c < channels; c++) {
		float d = a[c] - b[c];
		sum += d * d;
	}
	return sum;
}

// FLOP of the squared distances of all pairs of a point of input 0 and a row of the output: a subtraction, a
// multiplication and an addition a channel, but for the first sum.
static inline double positions_distance_flop(const struct layer *l, int channels)
{
	return (double)l->in.height * l->out.height * (3 * channels - 1);
}
