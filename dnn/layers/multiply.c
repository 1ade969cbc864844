// SPDX-License-Identifier: BSD-3-Clause
// A tensor by one of as many values, or by one value a channel (input[1] of height and width 1).
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/inputs.h"
#include "dnn/onednn_recipe_private.h"

static int multiply_size(struct parser *p, struct layer *l)
{
	struct shape other = input_shape(p, l->input[1]);
	bool by_channel = other.height == 1 && other.width == 1 && other.channels == l->in.channels;
	if (!by_channel && memcmp(&other, &l->in, sizeof(other)) != 0)
		return parser_refuse(
		    p, p->line,
		    "cannot multiply %dx%dx%d by %dx%dx%d: the shapes must be equal, or the second "
		    "one 1x1x%d",
		    l->in.height, l->in.width, l->in.channels, other.height, other.width, other.channels,
		    l->in.channels);
	l->out = l->in;
	return 0;
}

static int multiply_reference(const struct layer *l, const struct layer_tensors *t)
{
	int64_t factors = shape_values(t->from[1]);
	for (int64_t i = 0; i < shape_values(l->out); i++)
		t->out[i] = t->in[0][i] * t->in[1][i % factors];
	return 0;
}

static dnnl_status_t multiply_describe(struct recipe *r)
{
	return recipe_binary(r, dnnl_binary_mul);
}

const struct layer_row layer_multiply = {
    .kind = LAYER_MULTIPLY,
    .words = {{"multiply", 1, inputs_read_second}},
    .options = {&option_activation, &option_from},
    .write = inputs_write_second,
    .size = multiply_size,
    .reference = multiply_reference,
    .onednn = &(const struct layer_onednn){.describe = multiply_describe},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_MULTIPLY, NULL, NULL},
    .onnx = {"Mul"},
};
