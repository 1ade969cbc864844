// SPDX-License-Identifier: BSD-3-Clause
// Sets of points: which ones are picked, which lie near, which boxes remain. The operations of 3DSSD (Yang et
// al., CVPR 2020, arXiv 2002.10187) and of PointNet++ (Qi et al., NeurIPS 2017, arXiv 1706.02413) that are
// not matrix products. A set is [n][channels], fp32: x, y, z in metres, then features.
//
// SELECTIONS ARE EXACT. A squared distance is the fp32 sum ((d0 d0 + d1 d1) + d2 d2) + ... over the channels
// in their order, with d_c = a_c - b_c, every operation rounded on its own (no fused multiply-add); equal
// candidates go to the lowest index. So every implementation that keeps to this picks the same points from
// the same tensors, whatever its vector length: the reference and the cpu back end do. Box overlaps are
// computed in double precision from fp32 predictions.
//
// NaN among the values selects something, never out of range.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "dnn/network.h"

enum {
	POSITION_CHANNELS = 3,
	HEADING_BINS = 12,
	// Of one prediction: score; centre's offset x, y, z; half length, width, height; a score for each
	// heading bin; the residual angle in each bin, in half bins.
	PREDICTION_CHANNELS = 1 + 3 + 3 + 2 * HEADING_BINS,
	POINTS_BLOCK = 256, // points that are compared in one go
};

// Points channel by channel: column c starts at values + c * stride; the rows from n to stride are zero.
struct columns {
	float *values;
	int n, stride, channels;
};

// Rows of n points in columns.
static inline int columns_stride(int n)
{
	return (n + POINTS_BLOCK - 1) / POINTS_BLOCK * POINTS_BLOCK;
}

// Fills columns (whose values has room for channels * stride) from the first channels of rows that lie
// `pitch` values apart.
void columns_fill(struct columns *out, const float *rows, int pitch);

// Farthest-point sampling: picks row 0, then `count` - 1 times the row whose squared distance to its nearest
// picked one is largest (count <= n). Distances over all channels of the columns. nearest: scratch,
// [stride]. After the call nearest[i] is row i's squared distance to the nearest of all picked but the last.
void sample_farthest(const struct columns *points, int count, float *nearest, int32_t *picked);

// The first (by index) up to `samples` points whose squared distance to the centre is below radius_m *
// radius_m (fp32). Returns how many; the rest of found is untouched. Columns: positions.
int ball_query(const struct columns *positions, const float centre[3], float radius_m, int samples,
	       int32_t *found);

// Rows of a ball: [samples][channels], positions relative to the centre. Where fewer were found, the first
// one is repeated; where none was, all rows are zero.
void group_rows(const float *points, int channels, const float centre[3], const int32_t *found, int n_found,
		int samples, float *out);

// shifted[i] = position[i] + shift[i] limited to +-limit_m along each axis. positions lie `pitch` values
// apart.
void vote_positions(const float *shifts, const float *positions, int pitch, int n, const float limit_m[3],
		    float *shifted);

// Decodes n predictions around positions (`pitch` values apart) and suppresses overlaps: in falling order of
// score (lower index first among equals) a box remains unless its intersection over union with one that
// remains already exceeds `overlap`, until max_boxes do. Of an oriented box the smallest axis-aligned one
// around it counts. out: [n][PREDICTION_CHANNELS], the remaining rows in falling order with the offset
// replaced by the centre (m) and the halves by length, width, height (m, at least 0.1), then zeros. Returns
// how many remain, or -ENOMEM.
int suppress_overlaps(const float *predictions, const float *positions, int pitch, int n, float overlap,
		      int max_boxes, float *out);
