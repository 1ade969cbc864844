// SPDX-License-Identifier: BSD-3-Clause
// The activations, one row each: the word in a description, the function, oneDNN's and ONNX's name for it.
// The CUDA kernels have theirs in dnn/cuda/bodies.h.
#pragma once

#include "dnn/layers/layer.h"

struct activation_row {
	const char *word; // NULL for ACTIVATION_NONE
	int n_parameters; // numbers behind the word: alpha, then beta
	// Of n values in place, in double precision.
	void (*apply)(double *v, int64_t n, double alpha, double beta);
	bool rectifies;	     // zero for half of all values around zero: He's factor 2 (dnn/weights.c)
	bool never_negative; // whatever its parameters
	// oneDNN's dnnl_alg_kind_t and its two numbers; a layer's parameters take their place.
	int eltwise;
	float eltwise_alpha, eltwise_beta;
	const char *onnx; // the operator that means it alone, NULL = none; and its defaults
	float onnx_alpha, onnx_beta;
};

const struct activation_row *activation_row(enum activation activation);

// The activation of a word of the description; of an operator of ONNX. NULL where there is none.
const struct activation_row *activation_of_word(const char *word);
const struct activation_row *activation_of_onnx(const char *operator_name);

// The row's own value.
enum activation activation_value(const struct activation_row *row);
