// SPDX-License-Identifier: BSD-3-Clause
// The element-wise loops of training and acting, compiled once for each instruction set and chosen at start.
// No multiply-add is contracted and no sum is reordered, so every instruction set gives the same bits.
// Matrices are row-major without gaps. Pointers do not overlap.
#pragma once

#include <stddef.h>

// x[r][c] += bias[c]; with relu: and raised to 0.
void vector_bias(float *x, const float *bias, size_t rows, size_t columns);
void vector_bias_relu(float *x, const float *bias, size_t rows, size_t columns);

// gradient[i] = 0 where the ReLU's output was 0.
void vector_relu_mask(float *gradient, const float *output, size_t n);

// sum[c] = sum over r of x[r][c], rows in order.
void vector_column_sums(float *sum, const float *x, size_t rows, size_t columns);

// y += a x
void vector_axpy(float *y, float a, const float *x, size_t n);

// y += a (x - y): exponential tracking of a target network.
void vector_track(float *y, float a, const float *x, size_t n);

struct adam_rates {
	float rate;	    // learning rate with both bias corrections folded in
	float beta1, beta2; // decay of the two moments
	float epsilon;
};

// One Adam step on n parameters with their gradient and moments.
void vector_adam(float *parameter, const float *gradient, float *m, float *v, size_t n,
		 const struct adam_rates *rates);
