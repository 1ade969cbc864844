// SPDX-License-Identifier: BSD-3-Clause
// Every output from every input value: a matrix.
#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/onednn_recipe_private.h"

static int connected_read(struct parser *p, struct layer *l)
{
	return parse_count(p, "the number of outputs", p->word[1], DESCRIPTION_MAX_SIDE, &l->out.channels);
}

static void connected_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	fprintf(text, " %d", l->out.channels);
}

static int connected_size(struct parser *p, struct layer *l)
{
	(void)p;
	l->out.height = l->out.width = 1;
	return 0;
}

static struct layer_sides connected_weight(const struct layer *l)
{
	return (struct layer_sides){2, {shape_values(l->in), l->out.channels}};
}

static int connected_reference(const struct layer *l, const struct layer_tensors *t)
{
	plain_start(l, 0, t->out);
	plain_multiply_add(t->in[0], (int)shape_values(l->in), l->weight, t->out, l->out.channels);
	return 0;
}

static dnnl_status_t connected_describe(struct recipe *r)
{
	return describe_inner_product(&r->pd, r->engine, r->attr, format_of(&r->src[0]),
				      format_of(&r->any_weights), r->layer->bias ? format_of(&r->bias) : NULL,
				      format_of(&r->dst));
}

static dnnl_status_t connected_format(dnnl_memory_desc_t *md, const struct layer *l, bool any)
{
	return format_new(md, 2, (dnnl_dims_t){l->out.channels, shape_values(l->in)},
			  any ? dnnl_format_tag_any : dnnl_io);
}

static void connected_choose(const struct layer *l, struct cuda_step *step)
{
	(void)l;
	step->is_flat = true;
}

const struct layer_row layer_fully_connected = {
    .kind = LAYER_FULLY_CONNECTED,
    .words = {{"fc", 1, connected_read}},
    .options = {&option_bias, &option_no_bias, &option_activation, &option_from},
    .write = connected_write,
    .size = connected_size,
    .bias = BIAS_PLAIN,
    .weight = connected_weight,
    .reference = connected_reference,
    .onednn = &(const struct layer_onednn){.describe = connected_describe,
					   .weights = connected_format,
					   .is_flat = true},
    .cuda = &(const struct layer_cuda){STEP_PRODUCT, KERNEL_CONV, connected_choose, NULL},
    .onnx = {"Gemm"},
};
