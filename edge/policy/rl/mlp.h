// SPDX-License-Identifier: BSD-3-Clause
// Multi-layer perceptrons: y = W x + b, ReLU between layers, the output linear or through tanh. Forward and
// backward for a batch through oneDNN's sgemm, and forward for one input in plain arithmetic.
//
// Parameters are one array, so that an optimiser sees a vector: layer by layer W [in][out], then b [out].
// Batches are row-major, one sample a row. Nothing here allocates but mlp_tape_new.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/rng.h"

enum { MLP_MAX_LAYERS = 4, MLP_MAX_WIDTH = 1024 };

struct mlp {
	int n_layers;
	int width[MLP_MAX_LAYERS + 1]; // input, hidden ..., output
	bool tanh_output;
};

// What forward leaves for backward: every layer's output, and room for the gradients by them.
struct mlp_tape {
	int batch;
	float *output[MLP_MAX_LAYERS];	 // [batch][width[l + 1]]
	float *gradient[MLP_MAX_LAYERS]; // likewise: d loss / d output
	float *storage;
};

// 1 to MLP_MAX_LAYERS layers of 1 to MLP_MAX_WIDTH.
bool mlp_is_sane(const struct mlp *net);
size_t mlp_parameters(const struct mlp *net);

// Weights and biases uniform in +-1 / sqrt(inputs of the layer); in +-last_bound in the last layer (Lillicrap
// et al. 2016, supplement: 3e-3, so that first outputs are near 0).
void mlp_init(const struct mlp *net, float *parameters, double last_bound, struct rng *rng);

struct mlp_tape *mlp_tape_new(const struct mlp *net, int batch); // NULL with errno
void mlp_tape_free(struct mlp_tape *tape);

// Of the whole batch. input: [batch][input_stride], of which the first width[0] columns count. Returns the
// output, [batch][width[n_layers]], inside the tape.
const float *mlp_forward(const struct mlp *net, const float *parameters, const float *input, int input_stride,
			 struct mlp_tape *tape);

// After mlp_forward of the same input. In: tape->gradient[n_layers - 1] = d loss / d output. Out, unless
// NULL: parameter_gradient [mlp_parameters], and input_gradient [batch][n_columns], by the input's columns
// first_column .. first_column + n_columns - 1. The tape's gradients are overwritten.
struct mlp_input_gradient {
	float *values;
	int first_column, n_columns;
};
void mlp_backward(const struct mlp *net, const float *parameters, const float *input, int input_stride,
		  struct mlp_tape *tape, float *parameter_gradient,
		  const struct mlp_input_gradient *input_gradient);

// One input, output[width[n_layers]]: a fixed order of plain additions, the same bits everywhere.
void mlp_infer(const struct mlp *net, const float *parameters, const float *input, float *output);

// sgemm may use several threads, which costs here and changes the order of sums: one thread from single()
// until restore(what it returned), for the calling thread.
int mlp_single_thread(void);
void mlp_restore_threads(int before);
