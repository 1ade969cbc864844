// SPDX-License-Identifier: BSD-3-Clause
// A sub-task as the steps that the CUDA back end takes: matrix products and own kernels on places (layout.h).
// Pure: no CUDA here. What takes a step is handed in, the GPU's queue or a host's loops, so that the tests
// run every step on a processor.
#pragma once

#include "dnn/cpu_layout_private.h"
#include "dnn/cuda/kernels.h"
#include "dnn/layers/layers.h"

enum step_kind {
	STEP_KERNEL,
	STEP_PRODUCT, // a 1x1 convolution or a fully connected layer: one matrix product
	// The others take as many images at a time as the workspace holds.
	STEP_CONV_PRODUCT, // im2col and a matrix product
	STEP_SAMPLE,	   // farthest-point sampling
	STEP_BALLS,	   // a grouping and the `n_ball` steps behind it, which take its balls as images
	STEP_BOXES,	   // box suppression
};

// Places of the steps behind a grouping: two that alternate, in the workspace, and the result.
enum { BALL_EVEN, BALL_ODD, BALL_RESULT, BALL_PLACES };

struct cuda_step {
	enum step_kind kind;
	enum cuda_kernel kernel;    // STEP_KERNEL
	const struct layer *layer;  // NULL: limits a place's values to `clip`
	int index;		    // of the layer in the sub-task
	int src, addend, dst;	    // places
	struct shape in;	    // of src
	int pitch;		    // channels of addend, where it holds positions
	float clip, clip_addend;    // upper limits still to be applied to src and addend
	bool accumulate;	    // dst holds a residual operand
	enum activation activation; // of STEP_PRODUCT and STEP_CONV_PRODUCT: none or ReLU
	float alpha, beta;	    // the activation's
	int positions;		    // KERNEL_MULTIPLY
	int channel, row;	    // as struct kernel_args'
	bool is_flat;		    // STEP_PRODUCT, KERNEL_CONCAT: of an image's values as one row
	int columns;		    // STEP_SAMPLE, STEP_BALLS: channels that are compared
	int n_ball;		    // STEP_BALLS; 0: the grouping alone, whose balls are dst
	int64_t ball_values[2];	    // STEP_BALLS: of BALL_EVEN and BALL_ODD for one ball
	struct shape ball_out;	    // STEP_BALLS: what one ball becomes
};

// What a layer's row says of CUDA: its step, and the arguments of the step's kernels.
struct layer_cuda {
	enum step_kind kind;
	enum cuda_kernel kernel; // of STEP_KERNEL
	// Changes what differs for this layer: kind, kernel, row, channel, is_flat, columns. NULL = nothing.
	void (*choose)(const struct layer *l, struct cuda_step *step);
	// Fills in what the kind has of its own. NULL = nothing.
	void (*arguments)(const struct layer *l, struct kernel_args *args);
};

struct cuda_steps {
	struct layout layout;
	int n;
	struct cuda_step *step;
	struct layer *ball_layer; // [n_layers] those behind a grouping, as they are for one ball
};

// 0 or -ENOMEM. The sub-task must outlive the steps. Layers over points (layer_is_over_points) have steps
// in fp32 only: what takes them in another precision must refuse them.
int cuda_steps_make(struct cuda_steps *steps, const struct subtask *subtask);
void cuda_steps_free(struct cuda_steps *steps);

// Bytes of workspace for a batch; value_bytes: 4 or 2.
int64_t cuda_steps_workspace(const struct cuda_steps *steps, int batch, int value_bytes);

// Addresses in the memory of whatever takes the steps.
struct cuda_buffers {
	void *const *place;			 // [PLACE_SLOTS + layout.n_slots] of [batch] tensors
	const void *const *weight, *const *bias; // [n_layers], NULL where the layer has none
	void *workspace;
	int64_t workspace_bytes;
	int value_bytes;
};

struct cuda_taker {
	int (*kernel)(void *user, enum cuda_kernel kernel, const struct kernel_args *args); // 0 or negative
	int (*product)(void *user, const struct gemm_args *args);
	void *user;
};

// Has every step taken, in order. 0, or what the taker refused with.
int cuda_steps_take(const struct cuda_steps *steps, int batch, const struct cuda_buffers *buffers,
		    const struct cuda_taker *taker);
