// SPDX-License-Identifier: BSD-3-Clause
// Box suppression as dnn/points/points.h defines it, one thread's parts: as bodies_points.h, behind it. In
// double precision without fused multiply-adds; a GPU's sine and cosine may differ from a processor's in
// their last bit, so that an overlap within some 1e-15 of the limit could be judged otherwise there.
#pragma once

#include "dnn/cuda/bodies_points.h"

#define LEAST_SIDE_M 0.1

DEVICE const float *prediction_of(const struct kernel_args *a, int64_t item)
{
	return (const float *)a->src + item * PREDICTION_CHANNELS;
}

// Value c of the row that a prediction becomes: centre and sides in metres.
DEVICE float decoded(const struct kernel_args *a, int64_t item, int c)
{
	float value = prediction_of(a, item)[c];
	if (c >= 1 && c < 4)
		return ((const float *)a->addend)[item * a->points.pitch + c - 1] + value;
	return c >= 4 && c < 7 ? (float)fmax(2 * (double)value, LEAST_SIDE_M) : value;
}

DEVICE double heading_rad(const float *prediction)
{
	const float *bins = prediction + 7, *residuals = bins + HEADING_BINS;
	int best = 0;
	for (int k = 1; k < HEADING_BINS; k++)
		if (bins[k] > bins[best])
			best = k;
	double bin = 2 * 3.14159265358979323846 / HEADING_BINS;
	return best * bin + (double)residuals[best] * bin / 2;
}

DEVICE void bound(const struct kernel_args *a, int64_t item, struct box *b)
{
	double angle = heading_rad(prediction_of(a, item)), along = fabs(cos(angle)),
	       across = fabs(sin(angle));
	double length = (double)decoded(a, item, 4), width = (double)decoded(a, item, 5), half[3];
	half[0] = (length * along + width * across) / 2;
	half[1] = (length * across + width * along) / 2;
	half[2] = (double)decoded(a, item, 6) / 2;
	for (int c = 0; c < 3; c++) {
		double centre = (double)decoded(a, item, 1 + c);
		b->low[c] = centre - half[c];
		b->high[c] = centre + half[c];
	}
}

// NaN counts as the lowest score.
DEVICE float score_of(const float *prediction)
{
	return isnan(prediction[0]) ? -INFINITY : prediction[0];
}

// How many predictions of the image go before number `index`: higher scores, lower indices among equals.
DEVICE int rank_of(const struct kernel_args *a, int64_t first, int index)
{
	float own = score_of(prediction_of(a, first + index));
	int rank = 0;
	for (int k = 0; k < a->out.height; k++) {
		float score = score_of(prediction_of(a, first + k));
		rank += score > own || (score == own && k < index);
	}
	return rank;
}

DEVICE void boxes(const struct kernel_args *a, int64_t i)
{
	int index = (int)((uint32_t)i % (uint32_t)a->out.height);
	int64_t first = i - index;
	struct box *b = &a->points.boxes[i];
	bound(a, i, b);
	b->gone = 0;
	b->kept = -1;
	a->points.boxes[first + rank_of(a, first, index)].order = index;
}

DEVICE double volume_of(const double *low, const double *high)
{
	double v = 1;
	for (int c = 0; c < 3; c++)
		v *= fmax(high[c] - low[c], 0.0);
	return v;
}

DEVICE int overlaps(const struct box *a, const struct box *b, float overlap)
{
	double low[3], high[3];
	for (int c = 0; c < 3; c++) {
		low[c] = fmax(a->low[c], b->low[c]);
		high[c] = fmin(a->high[c], b->high[c]);
	}
	double shared = volume_of(low, high);
	return shared / (volume_of(a->low, a->high) + volume_of(b->low, b->high) - shared) > (double)overlap;
}

// Phases of suppression: in the order of rank, suppress_next finds the rank of the next box that remains (n =
// none), the same in every lane; suppress_lane notes it and marks what it overlaps among the later ones.
DEVICE int suppress_next(const struct box *b, int n, int rank)
{
	while (rank < n && b[b[rank].order].gone)
		rank++;
	return rank;
}

DEVICE void suppress_lane(const struct kernel_args *a, struct box *b, int rank, int n_kept, int lane)
{
	int remaining = b[rank].order;
	if (lane == 0)
		b[n_kept].kept = remaining;
	for (int later = rank + 1 + lane; later < a->out.height; later += SUPPRESS_LANES) {
		struct box *other = &b[b[later].order];
		if (!other->gone && overlaps(&b[remaining], other, a->points.overlap))
			other->gone = 1;
	}
}

DEVICE void box_rows(const struct kernel_args *a, int64_t i)
{
	int64_t item = (uint32_t)i / PREDICTION_CHANNELS;
	int c = (int)((uint32_t)i % PREDICTION_CHANNELS), kept = a->points.boxes[item].kept;
	int64_t first = item - (uint32_t)item % (uint32_t)a->out.height;
	((float *)a->dst)[i] = kept < 0 ? 0 : decoded(a, first + kept, c);
}
