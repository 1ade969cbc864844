// SPDX-License-Identifier: BSD-3-Clause
// A network's weights and biases in device memory, in one block and in the precision of the tensors.
#pragma once

#include "base/err.h"
#include "dnn/cuda/kernels.h"

struct cuda_weights {
	void *block;
	const void ***weight, ***bias; // [n_parts][n_layers], device addresses; NULL where there is none
	int n_parts;		       // sub-tasks and heads
};

int cuda_weights_load(struct cuda_weights *w, const struct network *net, enum cuda_precision precision,
		      struct err *err);
void cuda_weights_free(struct cuda_weights *w);
