// SPDX-License-Identifier: BSD-3-Clause
// Four rows share each weight, so that widening it to double is paid once for four products.
#include "dnn/cpu_float64_private.h"

#include "base/clones.h"

enum { ROWS = 4 };

size_t float64_scratch_bytes(const struct layer *l)
{
	return sizeof(double) * ROWS * (size_t)l->out.channels;
}

static inline __attribute__((always_inline)) void add_products(const double x[ROWS], const float *restrict w,
							       double *restrict sum, int n)
{
#pragma omp simd
	for (int o = 0; o < n; o++) {
		double weight = (double)w[o];
		for (int r = 0; r < ROWS; r++)
			sum[r * n + o] += x[r] * weight;
	}
}

static void finish_row(const struct layer *l, const double *sum, float *out)
{
	for (int o = 0; o < l->out.channels; o++)
		out[o] = l->activation == ACTIVATION_RELU && sum[o] < 0 ? 0 : (float)sum[o];
}

// Rows first..first + n - 1, n <= ROWS.
static inline __attribute__((always_inline)) void run_rows(const struct layer *l, const float *in, int n,
							   float *out, double *sum)
{
	int ci = l->in.channels, co = l->out.channels;
	for (int i = 0; i < ROWS * co; i++)
		sum[i] = l->bias ? (double)l->bias[i % co] : 0;
	for (int c = 0; c < ci; c++) {
		double x[ROWS];
		for (int r = 0; r < ROWS; r++)
			x[r] = (double)in[(r < n ? r : 0) * ci + c];
		add_products(x, l->weight + (int64_t)c * co, sum, co);
	}
	for (int r = 0; r < n; r++)
		finish_row(l, sum + r * co, out + r * co);
}

CLONES void float64_run(const struct layer *l, const float *in, float *out, void *scratch)
{
	int64_t rows = (int64_t)l->in.height * l->in.width;
	for (int64_t i = 0; i < rows; i += ROWS)
		run_rows(l, in + i * l->in.channels, rows - i < ROWS ? (int)(rows - i) : ROWS,
			 out + i * l->out.channels, scratch);
}
