// SPDX-License-Identifier: BSD-3-Clause
// Votes and boxes. Heading bins: bin k is centred at k 30 degrees; its residual counts in halves of a bin
// (Qi et al., Frustum PointNets, CVPR 2018, section 4.3, whose encoding 3DSSD uses).
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/points/points.h"

#define LEAST_SIDE_M 0.1

struct bounds {
	double low[3], high[3];
};

struct candidate {
	int index;
	float score;
	struct bounds bounds;
};

void vote_positions(const float *shifts, const float *positions, int pitch, int n, const float limit_m[3],
		    float *shifted)
{
	for (int i = 0; i < n; i++)
		for (int c = 0; c < POSITION_CHANNELS; c++) {
			float shift = fminf(fmaxf(shifts[i * 3 + c], -limit_m[c]), limit_m[c]);
			shifted[i * 3 + c] = positions[(size_t)i * (size_t)pitch + (size_t)c] + shift;
		}
}

static double heading_rad(const float *prediction)
{
	const float *bins = prediction + 7, *residuals = bins + HEADING_BINS;
	int best = 0;
	for (int k = 1; k < HEADING_BINS; k++)
		if (bins[k] > bins[best])
			best = k;
	double bin = 2 * M_PI / HEADING_BINS;
	return best * bin + (double)residuals[best] * bin / 2;
}

// Writes the row as it is handed out: a copy with centre and sides in metres.
static void decode(const float *prediction, const float *position, float *row)
{
	memcpy(row, prediction, sizeof(float) * PREDICTION_CHANNELS);
	for (int c = 0; c < 3; c++) {
		row[1 + c] = position[c] + prediction[1 + c];
		row[4 + c] = (float)fmax(2 * (double)prediction[4 + c], LEAST_SIDE_M);
	}
}

// The axis-aligned box around the oriented one of a decoded row.
static struct bounds bound(const float *row)
{
	double angle = heading_rad(row), along = fabs(cos(angle)), across = fabs(sin(angle));
	double length = (double)row[4], width = (double)row[5];
	const double half[3] = {(length * along + width * across) / 2, (length * across + width * along) / 2,
				(double)row[6] / 2};
	struct bounds b;
	for (int c = 0; c < 3; c++) {
		b.low[c] = (double)row[1 + c] - half[c];
		b.high[c] = (double)row[1 + c] + half[c];
	}
	return b;
}

static double volume(const struct bounds *b)
{
	double v = 1;
	for (int c = 0; c < 3; c++)
		v *= fmax(b->high[c] - b->low[c], 0);
	return v;
}

static double intersection_over_union(const struct bounds *a, const struct bounds *b)
{
	struct bounds both;
	for (int c = 0; c < 3; c++) {
		both.low[c] = fmax(a->low[c], b->low[c]);
		both.high[c] = fmin(a->high[c], b->high[c]);
	}
	double shared = volume(&both);
	return shared / (volume(a) + volume(b) - shared);
}

// Falling scores, NaN last; rising indices among equals.
static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	float sx = isnan(x->score) ? -INFINITY : x->score, sy = isnan(y->score) ? -INFINITY : y->score;
	return sx != sy ? (sx < sy ? 1 : -1) : x->index - y->index;
}

static bool is_clear(const struct candidate *list, const int *kept, int n_kept, int i, double overlap)
{
	for (int k = 0; k < n_kept; k++)
		if (intersection_over_union(&list[kept[k]].bounds, &list[i].bounds) > overlap)
			return false;
	return true;
}

int suppress_overlaps(const float *predictions, const float *positions, int pitch, int n, float overlap,
		      int max_boxes, float *out)
{
	struct candidate *list = malloc(sizeof(*list) * (size_t)n);
	int *kept = malloc(sizeof(int) * (size_t)n), n_kept = 0;
	float row[PREDICTION_CHANNELS];
	for (int i = 0; list && kept && i < n; i++) {
		const float *prediction = predictions + (size_t)i * PREDICTION_CHANNELS;
		decode(prediction, positions + (size_t)i * (size_t)pitch, row);
		list[i] = (struct candidate){i, prediction[0], bound(row)};
	}
	if (!list || !kept) {
		free(list);
		free(kept);
		return -ENOMEM;
	}
	qsort(list, (size_t)n, sizeof(*list), compare);
	memset(out, 0, sizeof(float) * (size_t)n * PREDICTION_CHANNELS);
	for (int i = 0; i < n && n_kept < max_boxes; i++) {
		if (!is_clear(list, kept, n_kept, i, (double)overlap))
			continue;
		size_t index = (size_t)list[i].index;
		decode(predictions + index * PREDICTION_CHANNELS, positions + index * (size_t)pitch,
		       out + (size_t)n_kept * PREDICTION_CHANNELS);
		kept[n_kept++] = i;
	}
	free(list);
	free(kept);
	return n_kept;
}
