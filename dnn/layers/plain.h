// SPDX-License-Identifier: BSD-3-Clause
// Loops of the reference that several kinds share. The innermost loop of each runs over channels, which lie
// side by side in memory: plain C that a compiler turns into vector instructions without changing the order
// in which one output's terms are added.
#pragma once

#include "dnn/layers/layers.h"

// out[o] += sum over c of in[c] * weight[c][o]
void plain_multiply_add(const double *restrict in, int n_in, const float *restrict weight,
			double *restrict out, int n_out);

// out[c] = bias[c], or `start` where the layer has no bias.
void plain_start(const struct layer *l, double start, double *out);

// out[i] += in[i]
void plain_add(const double *restrict in, double *restrict out, int64_t n);

// The values in fp32; NULL = no memory. The caller frees.
float *plain_round(const double *in, int64_t n);
