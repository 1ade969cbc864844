// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/vector.h"

#include <math.h>

#include "base/clones.h"

CLONES void vector_bias(float *x, const float *bias, size_t rows, size_t columns)
{
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			x[c] += bias[c];
}

CLONES void vector_bias_relu(float *restrict x, const float *restrict bias, size_t rows, size_t columns)
{
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++) {
			float y = x[c] + bias[c];
			x[c] = y > 0 ? y : 0;
		}
}

CLONES void vector_relu_mask(float *restrict gradient, const float *restrict output, size_t n)
{
	for (size_t i = 0; i < n; i++)
		gradient[i] = output[i] > 0 ? gradient[i] : 0;
}

CLONES void vector_column_sums(float *restrict sum, const float *restrict x, size_t rows, size_t columns)
{
	for (size_t c = 0; c < columns; c++)
		sum[c] = 0;
	for (size_t r = 0; r < rows; r++, x += columns)
		for (size_t c = 0; c < columns; c++)
			sum[c] += x[c];
}

CLONES void vector_axpy(float *restrict y, float a, const float *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}

CLONES void vector_track(float *restrict y, float a, const float *restrict x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * (x[i] - y[i]);
}

CLONES void vector_adam(float *restrict parameter, const float *restrict gradient, float *restrict m,
			float *restrict v, size_t n, const struct adam_rates *rates)
{
	float rate = rates->rate, epsilon = rates->epsilon;
	float keep1 = rates->beta1, keep2 = rates->beta2;
	for (size_t i = 0; i < n; i++) {
		float g = gradient[i];
		m[i] = keep1 * m[i] + (1 - keep1) * g;
		v[i] = keep2 * v[i] + (1 - keep2) * g * g;
		parameter[i] -= rate * m[i] / (sqrtf(v[i]) + epsilon);
	}
}
