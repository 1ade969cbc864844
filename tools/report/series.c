// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/series.h"

size_t series_cdf(const double *ascending, size_t n, struct point *out, size_t most)
{
	if (n == 0)
		return 0;
	size_t points = n < most ? n : most;
	for (size_t i = 0; i < points; i++) {
		size_t at = points > 1 ? i * (n - 1) / (points - 1) : 0;
		out[i] = (struct point){ascending[at], (double)(at + 1) / (double)n};
	}
	return points;
}

size_t series_extremes(const struct point *in, size_t n, struct point *out, size_t most)
{
	if (n <= most) {
		for (size_t i = 0; i < n; i++)
			out[i] = in[i];
		return n;
	}
	size_t stretches = most / 2, written = 0, i = 0;
	double begin = in[0].x, width = (in[n - 1].x - begin) / (double)stretches;
	for (size_t s = 0; s < stretches && i < n; s++) {
		double end = begin + (double)(s + 1) * width;
		size_t low = i, high = i, first = i;
		for (; i < n && (in[i].x < end || s == stretches - 1); i++) {
			low = in[i].y < in[low].y ? i : low;
			high = in[i].y > in[high].y ? i : high;
		}
		if (i == first)
			continue; // nothing happened in this stretch
		out[written++] = in[low < high ? low : high];
		if (low != high)
			out[written++] = in[low < high ? high : low];
	}
	return written;
}
