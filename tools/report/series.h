// SPDX-License-Identifier: BSD-3-Clause
// Curves with few enough points to be drawn: what a picture of some hundred pixels can show is kept.
#pragma once

#include <stddef.h>

struct point {
	double x, y;
};

// The empirical distribution of n ascending values: (value, share of values <= it), at most `most` points (>=
// 2), the first and the last value among them. Returns how many were written to out[most].
size_t series_cdf(const double *ascending, size_t n, struct point *out, size_t most);

// A curve of n points with ascending x: at most `most` (>= 4) of them, in order; of every stretch of x the
// lowest and the highest y are kept. Returns how many were written to out[most].
size_t series_extremes(const struct point *in, size_t n, struct point *out, size_t most);
