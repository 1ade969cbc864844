// SPDX-License-Identifier: BSD-3-Clause
// Several tensors as one, flattened, one behind the other in the order of input[]: what a cut carries that
// lies across branches. It ends its sub-task; the next one takes the tensors apart (unpack.c).
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/inputs.h"

static int pack_size(struct parser *p, struct layer *l)
{
	int64_t values = 0;
	for (int i = 0; i < l->n_inputs; i++)
		values += shape_values(input_shape(p, l->input[i]));
	if (values > DESCRIPTION_MAX_VALUES)
		return parser_refuse(p, p->line, "too large: a cut carries at most %d values",
				     DESCRIPTION_MAX_VALUES);
	l->out = shape_flat(values);
	return 0;
}

static int pack_run(const struct layer_call *c)
{
	float *dst = c->dst;
	for (int64_t b = 0; b < c->batch; b++)
		for (int i = 0; i < c->layer->n_inputs; i++) {
			int64_t values = shape_values(c->from[i]);
			memcpy(dst, c->src[i] + b * values, sizeof(float) * (size_t)values);
			dst += values;
		}
	return 0;
}

static void pack_choose(const struct layer *l, struct cuda_step *step)
{
	(void)l;
	step->is_flat = true;
}

const struct layer_row layer_pack = {
    .kind = LAYER_PACK,
    .words = {{"pack", 1, inputs_read_all}},
    .write = inputs_write_all,
    .joins = true,
    .size = pack_size,
    .keeps_sign = true,
    .copies = true,
    .reference = inputs_in_turn,
    .code = &(const struct layer_code){.run = pack_run},
    .any_batch = true,
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_CONCAT, pack_choose, NULL},
};
