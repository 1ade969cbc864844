// SPDX-License-Identifier: BSD-3-Clause
// Rows below rows, in the order of input[].
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/inputs.h"

static int stack_size(struct parser *p, struct layer *l)
{
	l->out = (struct shape){0, l->in.width, l->in.channels};
	for (int i = 0; i < l->n_inputs; i++) {
		struct shape s = input_shape(p, l->input[i]);
		if (s.width != l->in.width || s.channels != l->in.channels)
			return parser_refuse(
			    p, p->line,
			    "cannot stack %dx%dx%d below %dx%dx%d: width and channels must be equal",
			    s.height, s.width, s.channels, l->in.height, l->in.width, l->in.channels);
		l->out.height += s.height;
	}
	if (l->out.height > DESCRIPTION_MAX_SIDE)
		return parser_refuse(p, p->line, "%d rows: at most %d", l->out.height, DESCRIPTION_MAX_SIDE);
	return 0;
}

static int stack_run(const struct layer_call *c)
{
	float *dst = c->dst;
	for (int i = 0; i < c->layer->n_inputs; i++) {
		int64_t values = shape_values(c->from[i]);
		memcpy(dst, c->src[i], sizeof(float) * (size_t)values);
		dst += values;
	}
	return 0;
}

const struct layer_row layer_stack = {
    .kind = LAYER_STACK,
    .words = {{"stack", 1, inputs_read_all}},
    .write = inputs_write_all,
    .joins = true,
    .size = stack_size,
    .keeps_sign = true,
    .copies = true,
    .reference = inputs_in_turn,
    .code = &(const struct layer_code){.run = stack_run},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_STACK, NULL, NULL},
};
