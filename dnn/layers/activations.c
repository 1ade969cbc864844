// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/activations.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "dnn/onednn_api_private.h"

// y of every x.
#define APPLY(name, y)                                                                                       \
	static void name(double *v, int64_t n, double alpha, double beta)                                    \
	{                                                                                                    \
		(void)alpha;                                                                                 \
		(void)beta;                                                                                  \
		for (int64_t i = 0; i < n; i++) {                                                            \
			double x = v[i];                                                                     \
			v[i] = y;                                                                            \
		}                                                                                            \
	}
APPLY(keep, x)
APPLY(relu, (x < 0 ? 0 : x))
APPLY(relu6, (x < 0 ? 0 : x > 6 ? 6 : x))
APPLY(sigmoid, 1 / (1 + exp(-x)))
APPLY(hard_swish, (x * fmin(fmax(x + 3, 0), 6) / 6))
APPLY(silu, x / (1 + exp(-x)))
APPLY(hyperbolic_tangent, tanh(x))
APPLY(leaky_relu, (x < 0 ? alpha * x : x))
APPLY(elu, (x < 0 ? alpha * expm1(x) : x))
APPLY(clip, fmin(fmax(x, alpha), beta))
APPLY(hard_sigmoid, (fmin(fmax(alpha * x + beta, 0), 1)))

static const struct activation_row rows[N_ACTIVATIONS] = {
    [ACTIVATION_NONE] = {.apply = keep, .eltwise = dnnl_eltwise_linear, .eltwise_alpha = 1},
    [ACTIVATION_RELU] = {.word = "relu",
			 .apply = relu,
			 .rectifies = true,
			 .never_negative = true,
			 .eltwise = dnnl_eltwise_relu,
			 .onnx = "Relu"},
    [ACTIVATION_RELU6] = {.word = "relu6",
			  .apply = relu6,
			  .rectifies = true,
			  .never_negative = true,
			  .eltwise = dnnl_eltwise_clip,
			  .eltwise_beta = 6},
    [ACTIVATION_SIGMOID] = {.word = "sigmoid",
			    .apply = sigmoid,
			    .never_negative = true,
			    .eltwise = dnnl_eltwise_logistic,
			    .onnx = "Sigmoid"},
    [ACTIVATION_HARD_SWISH] = {.word = "hardswish",
			       .apply = hard_swish,
			       .eltwise = dnnl_eltwise_hardswish,
			       .eltwise_alpha = 1.0f / 6, // 2.x has these constants built in
			       .eltwise_beta = 0.5f,
			       .onnx = "HardSwish"},
    [ACTIVATION_SILU] = {.word = "silu", .apply = silu, .eltwise = dnnl_eltwise_swish, .eltwise_alpha = 1},
    [ACTIVATION_TANH] = {.word = "tanh",
			 .apply = hyperbolic_tangent,
			 .eltwise = dnnl_eltwise_tanh,
			 .onnx = "Tanh"},
    [ACTIVATION_LEAKY_RELU] = {.word = "leakyrelu",
			       .n_parameters = 1,
			       .apply = leaky_relu,
			       .eltwise = dnnl_eltwise_relu,
			       .onnx = "LeakyRelu",
			       .onnx_alpha = 0.01f},
    [ACTIVATION_ELU] = {.word = "elu",
			.n_parameters = 1,
			.apply = elu,
			.eltwise = dnnl_eltwise_elu,
			.onnx = "Elu",
			.onnx_alpha = 1},
    [ACTIVATION_CLIP] = {.word = "clip", .n_parameters = 2, .apply = clip, .eltwise = dnnl_eltwise_clip},
    [ACTIVATION_HARD_SIGMOID] = {.word = "hardsigmoid",
				 .n_parameters = 2,
				 .apply = hard_sigmoid,
				 .never_negative = true,
				 .eltwise = hard_sigmoid_kind,
				 .onnx = "HardSigmoid",
				 .onnx_alpha = 0.2f,
				 .onnx_beta = 0.5f},
};

const struct activation_row *activation_row(enum activation activation)
{
	return &rows[activation];
}

const struct activation_row *activation_of_word(const char *word)
{
	for (int i = 0; word && i < N_ACTIVATIONS; i++)
		if (rows[i].word && strcmp(rows[i].word, word) == 0)
			return &rows[i];
	return NULL;
}

const struct activation_row *activation_of_onnx(const char *operator_name)
{
	for (int i = 0; operator_name && i < N_ACTIVATIONS; i++)
		if (rows[i].onnx && strcmp(rows[i].onnx, operator_name) == 0)
			return &rows[i];
	return NULL;
}

enum activation activation_value(const struct activation_row *row)
{
	return (enum activation)(row - rows);
}
