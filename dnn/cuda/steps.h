// SPDX-License-Identifier: BSD-3-Clause
// A sub-task as the steps that the CUDA back end takes: matrix products and own kernels on places (layout.h).
// Pure: no CUDA here. What takes a step is handed in, the GPU's queue or a host's loops, so that the tests
// run every step on a processor.
#pragma once

#include "dnn/cpu_layout.h"
#include "dnn/cuda/kernels.h"

enum step_kind {
	STEP_KERNEL,
	STEP_PRODUCT,	   // a 1x1 convolution or a fully connected layer: one matrix product
	STEP_CONV_PRODUCT, // im2col and a matrix product, for as many images at a time as the workspace holds
};

struct cuda_step {
	enum step_kind kind;
	enum cuda_kernel kernel;    // STEP_KERNEL
	const struct layer *layer;  // NULL: limits a place's values to `clip`
	int index;		    // of the layer in the sub-task
	int src, addend, dst;	    // places
	struct shape in;	    // of src
	float clip, clip_addend;    // upper limits still to be applied to src and addend
	bool accumulate;	    // dst holds a residual operand
	enum activation activation; // of STEP_PRODUCT and STEP_CONV_PRODUCT: none or ReLU
	float alpha, beta;	    // the activation's
	int channel;		    // KERNEL_CONCAT
	int positions;		    // KERNEL_MULTIPLY
};

struct cuda_steps {
	struct layout layout;
	int n;
	struct cuda_step *step;
};

// 0, -ENOMEM, or -ENOTSUP for a sub-task that selects points or boxes, or computes in double precision. The
// sub-task must outlive the steps.
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
