// SPDX-License-Identifier: BSD-3-Clause
// Every pick updates all points' distances in blocks and keeps each block's largest, so that the farthest
// point is looked for in one block only. The loops have the form that compilers vectorise; the clones differ
// in vector length, not in a single rounding (this file is compiled without contraction).
#include "base/clones.h"
#include "dnn/points/points.h"

#include <math.h>
#include <string.h>

enum { BLOCK = POINTS_BLOCK };

void columns_fill(struct columns *out, const float *rows, int pitch)
{
	memset(out->values, 0, sizeof(float) * (size_t)out->stride * (size_t)out->channels);
	for (int c = 0; c < out->channels; c++)
		for (int i = 0; i < out->n; i++)
			out->values[(size_t)c * (size_t)out->stride + (size_t)i] =
			    rows[(size_t)i * (size_t)pitch + (size_t)c];
}

// Lowers the block's distances to those from the point `picked`; returns the largest.
static inline __attribute__((always_inline)) float lower_block(const struct columns *points, int start,
							       size_t picked, float *restrict nearest)
{
	float distance[BLOCK] = {0}, most = -1;
	for (int c = 0; c < points->channels; c++) {
		const float *restrict column = points->values + (size_t)c * (size_t)points->stride;
		float at = column[picked];
#pragma omp simd
		for (int i = 0; i < BLOCK; i++) {
			float d = column[start + i] - at;
			distance[i] += d * d;
		}
	}
#pragma omp simd reduction(max : most)
	for (int i = 0; i < BLOCK; i++) {
		float least = distance[i] < nearest[start + i] ? distance[i] : nearest[start + i];
		nearest[start + i] = least;
		most = most < least ? least : most;
	}
	return most;
}

// The first point of the block that lies that far off (its first point when NaN hides it).
static int find_in_block(const float *nearest, int start, float far)
{
	for (int i = 0; i < BLOCK; i++)
		if (nearest[start + i] == far)
			return start + i;
	return start;
}

CLONES void sample_farthest(const struct columns *points, int count, float *nearest, int32_t *picked)
{
	for (int i = 0; i < points->stride; i++)
		nearest[i] = i < points->n ? INFINITY : -1; // what fills up the last block is never picked
	picked[0] = 0;
	for (int k = 1; k < count; k++) {
		float far = -1;
		int far_block = 0;
		for (int start = 0; start < points->stride; start += BLOCK) {
			float most = lower_block(points, start, (size_t)picked[k - 1], nearest);
			if (most > far) {
				far = most;
				far_block = start;
			}
		}
		picked[k] = find_in_block(nearest, far_block, far);
	}
}
