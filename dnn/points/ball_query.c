// SPDX-License-Identifier: BSD-3-Clause
// All pairs, in blocks: one vectorised pass finds a block's smallest distance, and only a block with a point
// in the ball is looked through. Index order (which the definition asks for) is kept for free, and the time
// depends little on how the points lie.
#include "base/clones.h"
#include "dnn/points/points.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };
_Static_assert(POINTS_BLOCK % BLOCK == 0, "columns hold whole blocks");

// Squared distances of a block; returns the smallest.
static inline __attribute__((always_inline)) float
measure_block(const float *restrict x, const float *restrict y, const float *restrict z,
	      const float centre[3], float *restrict distance)
{
	float least = INFINITY;
#pragma omp simd reduction(min : least)
	for (int i = 0; i < BLOCK; i++) {
		float dx = x[i] - centre[0], dy = y[i] - centre[1], dz = z[i] - centre[2];
		float d = dx * dx + dy * dy + dz * dz;
		distance[i] = d;
		least = d < least ? d : least;
	}
	return least;
}

CLONES int ball_query(const struct columns *positions, const float centre[3], float radius_m, int samples,
		      int32_t *found)
{
	const float *x = positions->values, *y = x + positions->stride, *z = y + positions->stride;
	float limit = radius_m * radius_m, distance[BLOCK];
	int n_found = 0;
	for (int start = 0; start < positions->n; start += BLOCK) {
		if (!(measure_block(x + start, y + start, z + start, centre, distance) < limit))
			continue;
		int n = positions->n - start < BLOCK ? positions->n - start : BLOCK;
		for (int i = 0; i < n; i++) {
			if (!(distance[i] < limit))
				continue;
			found[n_found++] = start + i;
			if (n_found == samples)
				return n_found;
		}
	}
	return n_found;
}

void group_rows(const float *points, int channels, const float centre[3], const int32_t *found, int n_found,
		int samples, float *out)
{
	if (n_found == 0)
		memset(out, 0, sizeof(float) * (size_t)samples * (size_t)channels);
	for (int k = 0; n_found > 0 && k < samples; k++, out += channels) {
		const float *row = points + (size_t)found[k < n_found ? k : 0] * (size_t)channels;
		memcpy(out, row, sizeof(float) * (size_t)channels);
		for (int c = 0; c < POSITION_CHANNELS; c++)
			out[c] = row[c] - centre[c];
	}
}
