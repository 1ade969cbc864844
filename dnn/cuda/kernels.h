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
// (KERNEL_CONV: one channel); of KERNEL_SOFTMAX one position, for SOFTMAX_LANES threads; else one value of
// dst, unless it says otherwise. Those over points (dnn/points/points.h) are fp32 only.
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
	// dst's rows and channels of src, from `row` and `channel` on.
	KERNEL_SLICE,
	// One of the inputs, to its rows of dst. Item: a value of src.
	KERNEL_STACK,
	// Rows of points to columns (struct point_args), in dst.
	KERNEL_COLUMNS,
	FIRST_POINT_KERNEL = KERNEL_COLUMNS,
	// Columns to the squared distances of all pairs: dst is [image][stride][stride]. Item: 4 x 4 of them.
	KERNEL_DISTANCES,
	// Farthest-point sampling: the positions of the picked rows of src. Item: an image, for
	// sample_lanes() threads of one block.
	KERNEL_SAMPLE,
	// Indices of the points around a centre: dst is int32 [centre][out.width], the first one repeated
	// where fewer lie there, -1 where none does. Item: a centre, for BALL_LANES threads.
	KERNEL_BALL,
	// The rows of src that KERNEL_BALL's indices name, positions relative to the centre.
	KERNEL_GATHER,
	// Positions (addend) moved by src, limited.
	KERNEL_VOTE,
	// A 1x1 convolution in double precision, rounded to fp32, then ReLU if asked for.
	KERNEL_CONV_FLOAT64,
	// Bounds and rank of each prediction, to point_args.boxes. Item: a prediction.
	KERNEL_BOXES,
	// Which boxes remain. Item: an image, for SUPPRESS_LANES threads of one block.
	KERNEL_SUPPRESS,
	// The remaining boxes' rows, then zeros.
	KERNEL_BOX_ROWS,
	N_CUDA_KERNELS
};

enum {
	SOFTMAX_LANES = 32,
	BALL_LANES = 32, // a warp: its lanes vote
	SUPPRESS_LANES = 256,
	SAMPLE_MOST_LANES = 1024,
	SAMPLE_MOST_OWN = 16, // points a thread of KERNEL_SAMPLE keeps in registers
};

// Threads that sample an image of n points, in whole warps.
static inline int sample_lanes(int n)
{
	return n > SAMPLE_MOST_LANES ? SAMPLE_MOST_LANES : (n + 31) / 32 * 32;
}

// Whether those threads' registers hold each point's distance to the nearest picked one.
static inline int sample_fits_registers(int n)
{
	return n <= SAMPLE_MOST_LANES * SAMPLE_MOST_OWN;
}

// A candidate of box suppression, in the workspace. By its own index: bounds, gone. By rank: order. By place
// among those that remain: kept.
struct box {
	double low[3], high[3]; // m
	int32_t order;		// the candidate of this rank
	int32_t gone;		// it overlaps one that remains
	int32_t kept;		// the candidate that remained in this place, -1 = none
};

// What the kernels over points take beside the rest. Points in columns: column c of an image starts at
// (image * channels + c) * stride; the rows from in.height to stride are zero.
struct point_args {
	int channels, stride; // of the columns; stride is a multiple of 4
	int picks;	      // KERNEL_SAMPLE: of an image
	int pitch;	      // channels of an addend's row, which begins with the position
	const float *columns;
	const float *table;   // KERNEL_SAMPLE: KERNEL_DISTANCES' result, NULL = none
	float *nearest;	      // KERNEL_SAMPLE: [image][stride] scratch if !sample_fits_registers(in.height)
	const int32_t *index; // KERNEL_GATHER: KERNEL_BALL's result
	struct box *boxes;    // [image][predictions]
	float limit_m2;	      // KERNEL_BALL: squared radius
	float limit_m[3];     // KERNEL_VOTE
	float overlap;	      // KERNEL_SUPPRESS
	int max_boxes;	      // KERNEL_SUPPRESS
};

struct kernel_args {
	int64_t n; // items, at most INT32_MAX
	struct shape in, out;
	struct yx kernel, stride, dilation, pad; // pad: before
	int groups;
	int vector;		    // channels an item: 4 where all channel counts are multiples of 4, else 1
	int maximum, count_padding; // KERNEL_POOL
	int channel;		    // the first: KERNEL_CONCAT's in dst, KERNEL_SLICE's in src
	int row;		    // the first: KERNEL_STACK's in dst, KERNEL_SLICE's in src
	int accumulate;		    // add to what dst holds, before the activation
	enum activation activation;
	float alpha, beta; // its parameters, see struct layer
	int positions;	   // KERNEL_MULTIPLY
	// A rectified tensor whose upper limit has not been applied yet is read as min(value, clip), NaN as
	// NaN.
	float clip, clip_addend;
	const void *src, *addend, *weight, *bias; // weight as struct layer's; bias NULL = none
	void *dst;
	struct point_args points;
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
