// SPDX-License-Identifier: BSD-3-Clause
// The arguments of the CUDA back end's own kernels. A kernel is a body (bodies.h) that computes item i of n;
// the GPU runs one item a thread, the tests on a host run them in a loop. Tensors are NHWC with `batch`
// images one behind the other; their values are fp32 or fp16 (enum cuda_precision), biases have the tensors'
// type.
#pragma once

#include <math.h>
#include <stdint.h>
#include "dnn/network.h"

enum cuda_precision { CUDA_FP32, CUDA_FP16 };

#define NO_CLIP INFINITY // of a tensor's upper limit

// Which kernel. One item is: of the first four, up to four neighbouring channels of one output position
// (KERNEL_CONV: one channel); of KERNEL_SOFTMAX one position, for SOFTMAX_LANES threads; else one value.
enum cuda_kernel {
	KERNEL_DEPTHWISE,
	KERNEL_POOL,   // both kinds
	KERNEL_IM2COL, // src to rows of (kernel.y, kernel.x, in.channels), one an output position
	KERNEL_CONV,   // any convolution, without a matrix product: few input channels, or groups
	KERNEL_ADD,
	KERNEL_MULTIPLY, // src by addend, whose values are a channel's for `positions` positions
	KERNEL_ACTIVATE, // dst = activation(src): in place
	KERNEL_CONCAT,	 // one of the inputs, to its channels of dst
	KERNEL_SOFTMAX,
	N_CUDA_KERNELS
};

enum { SOFTMAX_LANES = 32 };

struct kernel_args {
	int64_t n; // items, at most INT32_MAX
	struct shape in, out;
	struct yx kernel, stride, dilation, pad; // pad: before
	int groups;
	int vector;		    // channels an item: 4 where all channel counts are multiples of 4, else 1
	int maximum, count_padding; // KERNEL_POOL
	int channel;		    // KERNEL_CONCAT: the first in dst
	int accumulate;		    // add to what dst holds, before the activation
	enum activation activation;
	float alpha, beta; // its parameters, see struct layer
	int positions;	   // KERNEL_MULTIPLY
	// A rectified tensor whose upper limit has not been applied yet is read as min(value, clip).
	float clip, clip_addend;
	const void *src, *addend, *weight, *bias; // weight as struct layer's; bias NULL = none
	void *dst;
};

// A matrix product in column-major terms, as BLAS states it: D[m][n] = A[m][k] B[k][n] (+ D) + bias[m], then
// ReLU. A row-major [rows][channels] tensor is the column-major matrix channels x rows; so A are the weights
// ([k][m] row-major), B the input, D the output, and nothing is transposed.
struct gemm_args {
	int64_t m, n, k;
	int64_t lda, ldb, ldd;	  // leading dimensions: distance of two columns
	const void *a, *b, *bias; // bias NULL = none
	void *d;
	int accumulate, relu;
};
