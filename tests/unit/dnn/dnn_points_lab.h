// SPDX-License-Identifier: BSD-3-Clause
// Networks over points for the tests of the executors, and what "agrees" means for them. Include behind
// cmocka.h.
#pragma once

#include <math.h>

#include "dnn/points/points.h"
#include "tests/unit/dnn/dnn_lab.h"

// The structure of 3DSSD with fewer points.
// 250 points, 60, 40, 20, 11 and 7 of them: no multiples of any block. The balls of 5 cm are empty.
static const char lab_3dssd_small[] =
    "network small\ninput 250x1x4 points\n"
    "subtask SA1\nsample distance 60 as centres\n"
    "group 1.5 8 centres from input\nconv 1x1 16 relu\nconv 1x1 24 relu\nmaxpool 1x8 as near\n"
    "group 6 20 centres from input\nconv 1x1 32 relu\nmaxpool 1x20 as far\n"
    "concat near,far\nconv 1x1 20 relu as features\nconcat centres,features\n"
    "subtask SA2\nrows 0 40 from input\nsample feature 11 as objects\nrows 40 20 from input\n"
    "sample distance 7 as scene\nstack objects,scene as centres\n"
    "group 8 6 centres from input\nconv 1x1 16 relu\nconv 1x1 40 relu\nmaxpool 1x6\n"
    "conv 1x1 40 relu as features\nconcat centres,features\n"
    "subtask CG\nrows 0 11 from input as objects\nchannels 3 40\nconv 1x1 8 relu float64\n"
    "conv 1x1 3 bias float64\nvote objects 3,3,2 as candidates\n"
    "group 0.05 4 candidates from input\nconv 1x1 24 relu\nmaxpool 1x4 as near\n"
    "group 9.5 16 candidates from input\nconv 1x1 24 relu\nconv 1x1 32 relu\nmaxpool 1x16 as far\n"
    "concat near,far\nconv 1x1 64 relu as features\nconcat candidates,features\n"
    "subtask PH\nchannels 3 64 from input\nconv 1x1 16 relu float64 as shared\nconv 1x1 16 relu float64\n"
    "conv 1x1 1 bias float64 as score\nconv 1x1 16 relu float64 from shared\nconv 1x1 30 bias float64 as "
    "box\n"
    "concat score,box\nnms input 0.1 5\n";

// Groupings that cannot run block by block: whose tensor is read twice, that end a sub-task, that follow one
// another without a maximum; one that takes several blocks, its centres' last use; centres that are points. A sum
// behind a convolution in double precision.
static const char lab_groupings[] =
    "network forms\ninput 131x1x4 points\n"
    "subtask A\nsample distance 9 as c\ngroup 8 5 c from input as g\nconv 1x1 6 relu\n"
    "maxpool 1x5 as p\nmaxpool 1x5 from g as q\nconcat p,q\n"
    "subtask B\ngroup 3 4 input from input\n"
    "subtask C\nconv 1x1 3 relu\nmaxpool 1x4\n"
    "subtask D\ngroup 2 7 input from input\nconv 1x1 5\nconv 1x1 8 float64\nmaxpool 1x7\n"
    "subtask E\ngroup 2 7 input from input\nmaxpool 1x7\n"
    "subtask F\nsample distance 8 as c\ngroup 2 64 c from input\nconv 1x1 2000 relu\n"
    "maxpool 1x64\nconv 1x1 5\n"
    "subtask G\nconv 1x1 5 as a\nconv 1x1 5 float64 from input\nadd a relu\n";

// Every value of the last sub-task follows from selections and double precision, the first channels of the
// others are positions: equal. The rest: the largest error relative to the largest feature.
static inline void lab_assert_selects_alike(const struct lab *lab, const float *a, const float *b, int n)
{
	const struct shape s = lab->net->subtasks[n].out;
	double error = 0, scale = 0;
	bool last = n == lab->net->n_subtasks - 1;
	for (int64_t i = 0; i < shape_values(s); i++) {
		if (last || i % s.channels < POSITION_CHANNELS)
			assert_true(a[i] == b[i]);
		else
			error = fmax(error, fabs((double)a[i] - (double)b[i]));
		scale = fmax(scale, i % s.channels < POSITION_CHANNELS ? 0 : fabs((double)b[i]));
		assert_true(isfinite(a[i]));
	}
	if (!(error <= LAB_TOLERANCE * scale))
		fail_msg("sub-task %d: features differ by %g of %g", n, error, scale);
}
