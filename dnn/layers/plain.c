// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/plain.h"

#include <stdlib.h>

#include "base/clones.h"

CLONES void plain_multiply_add(const double *restrict in, int n_in, const float *restrict weight,
			       double *restrict out, int n_out)
{
	for (int c = 0; c < n_in; c++)
		for (int o = 0; o < n_out; o++)
			out[o] += in[c] * (double)weight[(int64_t)c * n_out + o];
}

void plain_start(const struct layer *l, double start, double *out)
{
	for (int c = 0; c < l->out.channels; c++)
		out[c] = l->bias ? (double)l->bias[c] : start;
}

void plain_add(const double *restrict in, double *restrict out, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		out[i] += in[i];
}

float *plain_round(const double *in, int64_t n)
{
	float *out = malloc(sizeof(float) * (size_t)n);
	for (int64_t i = 0; out && i < n; i++)
		out[i] = (float)in[i];
	return out;
}
