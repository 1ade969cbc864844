// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/mlp.h"

#include <errno.h>
#include <math.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/rl/vector.h"

enum { ALIGNMENT = 64 };

bool mlp_is_sane(const struct mlp *net)
{
	if (net->n_layers < 1 || net->n_layers > MLP_MAX_LAYERS)
		return false;
	for (int l = 0; l <= net->n_layers; l++)
		if (net->width[l] < 1 || net->width[l] > MLP_MAX_WIDTH)
			return false;
	return true;
}

static size_t weights_of(const struct mlp *net, int layer)
{
	return (size_t)net->width[layer] * (size_t)net->width[layer + 1];
}

static size_t layer_size(const struct mlp *net, int layer)
{
	return weights_of(net, layer) + (size_t)net->width[layer + 1];
}

// Where a layer's parameters begin.
static size_t layer_offset(const struct mlp *net, int layer)
{
	size_t offset = 0;
	for (int l = 0; l < layer; l++)
		offset += layer_size(net, l);
	return offset;
}

size_t mlp_parameters(const struct mlp *net)
{
	return layer_offset(net, net->n_layers);
}

void mlp_init(const struct mlp *net, float *parameters, double last_bound, struct rng *rng)
{
	for (int l = 0; l < net->n_layers; l++) {
		double bound = l == net->n_layers - 1 ? last_bound : 1 / sqrt(net->width[l]);
		size_t n = layer_size(net, l);
		for (size_t i = 0; i < n; i++)
			*parameters++ = (float)rng_uniform(rng, -bound, bound);
	}
}

// Values of a layer's output for a batch, rounded up to whole cache lines.
static size_t padded(const struct mlp *net, int layer, int batch)
{
	size_t n = (size_t)batch * (size_t)net->width[layer + 1];
	return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

struct mlp_tape *mlp_tape_new(const struct mlp *net, int batch)
{
	size_t values = 0;
	for (int l = 0; l < net->n_layers; l++)
		values += 2 * padded(net, l, batch);
	struct mlp_tape *tape = calloc(1, sizeof(*tape));
	float *at = tape ? aligned_alloc(ALIGNMENT, values * sizeof(float)) : NULL;
	if (!at) {
		free(tape);
		errno = ENOMEM;
		return NULL;
	}
	*tape = (struct mlp_tape){.batch = batch, .storage = at};
	for (int l = 0; l < net->n_layers; l++) {
		size_t step = padded(net, l, batch);
		tape->output[l] = at;
		tape->gradient[l] = at + step;
		at += 2 * step;
	}
	return tape;
}

void mlp_tape_free(struct mlp_tape *tape)
{
	if (tape)
		free(tape->storage);
	free(tape);
}

static void activate(const struct mlp *net, int layer, float *x, const float *bias, size_t rows)
{
	size_t columns = (size_t)net->width[layer + 1];
	if (layer < net->n_layers - 1) {
		vector_bias_relu(x, bias, rows, columns);
		return;
	}
	vector_bias(x, bias, rows, columns);
	for (size_t i = 0; net->tanh_output && i < rows * columns; i++)
		x[i] = tanhf(x[i]);
}

const float *mlp_forward(const struct mlp *net, const float *parameters, const float *input, int input_stride,
			 struct mlp_tape *tape)
{
	const float *x = input;
	int stride = input_stride;
	for (int l = 0; l < net->n_layers; l++) {
		int in = net->width[l], out = net->width[l + 1];
		dnnl_sgemm('N', 'N', tape->batch, out, in, 1, x, stride, parameters, out, 0, tape->output[l],
			   out);
		activate(net, l, tape->output[l], parameters + weights_of(net, l), (size_t)tape->batch);
		parameters += layer_size(net, l);
		x = tape->output[l];
		stride = out;
	}
	return x;
}

// From d loss / d output to d loss / d (W x + b), in place.
static void through_activation(const struct mlp *net, int layer, const float *output, float *gradient,
			       size_t rows)
{
	size_t n = rows * (size_t)net->width[layer + 1];
	if (layer < net->n_layers - 1)
		vector_relu_mask(gradient, output, n);
	else if (net->tanh_output)
		for (size_t i = 0; i < n; i++)
			gradient[i] *= 1 - output[i] * output[i];
}

// d loss / d x for the columns first .. first + n - 1 of the layer's input: G W^T.
static void by_input(const struct mlp *net, int layer, const float *weights, const float *gradient, int rows,
		     int first, int n, float *out)
{
	int width = net->width[layer + 1];
	dnnl_sgemm('N', 'T', rows, n, width, 1, gradient, width, weights + (ptrdiff_t)first * width, width, 0,
		   out, n);
}

static void by_parameters(const struct mlp *net, int layer, const float *x, int stride, const float *gradient,
			  int rows, float *out)
{
	int in = net->width[layer], width = net->width[layer + 1];
	dnnl_sgemm('T', 'N', in, width, rows, 1, x, stride, gradient, width, 0, out, width);
	vector_column_sums(out + weights_of(net, layer), gradient, (size_t)rows, (size_t)width);
}

void mlp_backward(const struct mlp *net, const float *parameters, const float *input, int input_stride,
		  struct mlp_tape *tape, float *parameter_gradient,
		  const struct mlp_input_gradient *input_gradient)
{
	for (int l = net->n_layers - 1; l >= 0; l--) {
		const float *x = l > 0 ? tape->output[l - 1] : input;
		int stride = l > 0 ? net->width[l] : input_stride;
		size_t offset = layer_offset(net, l);
		float *gradient = tape->gradient[l];
		through_activation(net, l, tape->output[l], gradient, (size_t)tape->batch);
		if (parameter_gradient)
			by_parameters(net, l, x, stride, gradient, tape->batch, parameter_gradient + offset);
		if (l > 0)
			by_input(net, l, parameters + offset, gradient, tape->batch, 0, net->width[l],
				 tape->gradient[l - 1]);
		else if (input_gradient)
			by_input(net, l, parameters + offset, gradient, tape->batch,
				 input_gradient->first_column, input_gradient->n_columns,
				 input_gradient->values);
	}
}

void mlp_infer(const struct mlp *net, const float *parameters, const float *input, float *output)
{
	float buffer[2][MLP_MAX_WIDTH];
	const float *x = input;
	for (int l = 0; l < net->n_layers; l++) {
		size_t in = (size_t)net->width[l], out = (size_t)net->width[l + 1];
		const float *bias = parameters + weights_of(net, l);
		float *y = l == net->n_layers - 1 ? output : &buffer[l % 2][0];
		memset(y, 0, out * sizeof(*y));
		for (size_t i = 0; i < in; i++)
			if (x[i] != 0) // half of a ReLU layer's outputs are
				vector_axpy(y, x[i], parameters + i * out, out);
		activate(net, l, y, bias, 1);
		parameters += layer_size(net, l);
		x = y;
	}
}

int mlp_single_thread(void)
{
	int before = omp_get_max_threads();
	omp_set_num_threads(1);
	return before;
}

void mlp_restore_threads(int before)
{
	omp_set_num_threads(before);
}
