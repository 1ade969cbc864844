// SPDX-License-Identifier: BSD-3-Clause
// Channels behind channels, in the order of input[].
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/inputs.h"
#include "dnn/onednn_recipe_private.h"

static int concat_size(struct parser *p, struct layer *l)
{
	l->out = (struct shape){l->in.height, l->in.width, 0};
	for (int i = 0; i < l->n_inputs; i++) {
		struct shape s = input_shape(p, l->input[i]);
		if (s.height != l->in.height || s.width != l->in.width)
			return parser_refuse(
			    p, p->line, "cannot join %dx%dx%d to %dx%dx%d: height and width must be equal",
			    s.height, s.width, s.channels, l->in.height, l->in.width, l->in.channels);
		l->out.channels += s.channels;
	}
	if (l->out.channels > DESCRIPTION_MAX_SIDE)
		return parser_refuse(p, p->line, "%d channels: at most %d", l->out.channels,
				     DESCRIPTION_MAX_SIDE);
	return 0;
}

static int concat_reference(const struct layer *l, const struct layer_tensors *t)
{
	int64_t pixels = (int64_t)l->out.height * l->out.width;
	double *out = t->out;
	for (int64_t k = 0; k < pixels; k++) {
		for (int i = 0; i < l->n_inputs; i++) {
			int channels = t->from[i].channels;
			memcpy(out, t->in[i] + k * channels, sizeof(double) * (size_t)channels);
			out += channels;
		}
	}
	return 0;
}

static dnnl_status_t concat_describe(struct recipe *r)
{
	return describe_concat(&r->pd, r->engine, r->attr, r->src, r->layer->n_inputs, CHANNEL_AXIS,
			       format_of(&r->dst));
}

const struct layer_row layer_concat = {
    .kind = LAYER_CONCAT,
    .words = {{"concat", 1, inputs_read_all}},
    .write = inputs_write_all,
    .joins = true,
    .size = concat_size,
    .keeps_sign = true,
    .reference = concat_reference,
    .onednn = &(const struct layer_onednn){.describe = concat_describe, .takes_many = true},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_CONCAT, NULL, NULL},
    .onnx = {"Concat"},
};
