// SPDX-License-Identifier: BSD-3-Clause
// One of the tensors that the cut before the sub-task carries (pack.c).
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"

static int unpack_read(struct parser *p, struct layer *l)
{
	int number = 0, r = parse_count(p, "the tensor's number", p->word[1], LAYER_MAX_INPUTS, &number);
	l->input[0] = LAYER_INPUT_OF_SUBTASK;
	l->unpack = (struct unpack_layer){.number = number - 1};
	return r;
}

static void unpack_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	fprintf(text, " %d", l->unpack.number + 1);
}

static int unpack_size(struct parser *p, struct layer *l)
{
	const struct subtask *above = part_packed(p);
	if (!above)
		return parser_refuse(
		    p, p->line, "'unpack' in %s %s: it stands behind a sub-task that ends in 'pack' only",
		    part_kind(p), p->subtask->name);
	const struct layer *packed = &above->layers[above->n_layers - 1];
	if (l->unpack.number >= packed->n_inputs)
		return parser_refuse(p, p->line, "tensor %d of %d that sub-task %s packs",
				     l->unpack.number + 1, packed->n_inputs, above->name);
	for (int i = 0; i < l->unpack.number; i++)
		l->unpack.first += shape_values(subtask_input_shape(above, packed, i));
	l->out = subtask_input_shape(above, packed, l->unpack.number);
	return 0;
}

static int unpack_reference(const struct layer *l, const struct layer_tensors *t)
{
	memcpy(t->out, t->in[0] + l->unpack.first, sizeof(double) * (size_t)shape_values(l->out));
	return 0;
}

static int unpack_run(const struct layer_call *c)
{
	const struct layer *l = c->layer;
	int64_t whole = shape_values(l->in), values = shape_values(l->out);
	for (int64_t b = 0; b < c->batch; b++)
		memcpy(c->dst + b * values, c->src[0] + b * whole + l->unpack.first,
		       sizeof(float) * (size_t)values);
	return 0;
}

static void unpack_choose(const struct layer *l, struct cuda_step *step)
{
	step->channel = (int)l->unpack.first;
}

static void unpack_arguments(const struct layer *l, struct kernel_args *args)
{
	args->out = shape_flat(shape_values(l->out));
}

const struct layer_row layer_unpack = {
    .kind = LAYER_UNPACK,
    .words = {{"unpack", 1, unpack_read}},
    .write = unpack_write,
    .joins = true,
    .size = unpack_size,
    .keeps_sign = true,
    .copies = true,
    .reference = unpack_reference,
    .code = &(const struct layer_code){.run = unpack_run},
    .any_batch = true,
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_SLICE, unpack_choose, unpack_arguments},
};
