// SPDX-License-Identifier: BSD-3-Clause
// Softmax over the channels of each position.
#include <math.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/onednn_recipe_private.h"

// Shifted by the largest value, so that no exponential overflows.
static void softmax(const double *in, double *out, int n)
{
	double most = -INFINITY, sum = 0;
	for (int c = 0; c < n; c++)
		most = fmax(most, in[c]);
	for (int c = 0; c < n; c++)
		sum += out[c] = exp(in[c] - most);
	for (int c = 0; c < n; c++)
		out[c] /= sum;
}

static int softmax_reference(const struct layer *l, const struct layer_tensors *t)
{
	for (int64_t i = 0; i < shape_values(l->out); i += l->out.channels)
		softmax(t->in[0] + i, t->out + i, l->out.channels);
	return 0;
}

static dnnl_status_t softmax_describe(struct recipe *r)
{
	return describe_softmax(&r->pd, r->engine, r->attr, format_of(&r->src[0]), format_of(&r->dst),
				CHANNEL_AXIS);
}

const struct layer_row layer_softmax = {
    .kind = LAYER_SOFTMAX,
    .words = {{"softmax", 0, NULL}},
    .options = {&option_from},
    .size = layer_size_as_input,
    .reference = softmax_reference,
    .onednn = &(const struct layer_onednn){.describe = softmax_describe},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_SOFTMAX, NULL, NULL},
    .onnx = {"Softmax"},
};
