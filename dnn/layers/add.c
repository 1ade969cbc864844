// SPDX-License-Identifier: BSD-3-Clause
// The sum of two tensors of equal shape.
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/inputs.h"
#include "dnn/onednn_recipe_private.h"

static int add_size(struct parser *p, struct layer *l)
{
	struct shape other = input_shape(p, l->input[1]);
	if (memcmp(&other, &l->in, sizeof(other)) != 0)
		return parser_refuse(p, p->line, "cannot add %dx%dx%d to %dx%dx%d: the shapes must be equal",
				     other.height, other.width, other.channels, l->in.height, l->in.width,
				     l->in.channels);
	l->out = l->in;
	return 0;
}

static int add_reference(const struct layer *l, const struct layer_tensors *t)
{
	for (int64_t i = 0; i < shape_values(l->out); i++)
		t->out[i] = t->in[0][i] + t->in[1][i];
	return 0;
}

static dnnl_status_t add_describe(struct recipe *r)
{
	return recipe_binary(r, dnnl_binary_add);
}

const struct layer_row layer_add = {
    .kind = LAYER_ADD,
    .words = {{"add", 1, inputs_read_second}},
    .options = {&option_activation, &option_from},
    .write = inputs_write_second,
    .size = add_size,
    .reference = add_reference,
    .onednn = &(const struct layer_onednn){.describe = add_describe},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_ADD, NULL, NULL},
    .onnx = {"Add", "Sum"},
};
