// SPDX-License-Identifier: BSD-3-Clause
// A convolution with one filter a channel.
#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/window.h"
#include "dnn/onednn_recipe_private.h"

static int depthwise_read(struct parser *p, struct layer *l)
{
	l->depthwise.window = window_plain;
	return parse_kernel(p, p->word[1], &l->window.kernel);
}

static void depthwise_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	fprintf(text, " %dx%d", l->window.kernel.y, l->window.kernel.x);
	window_write(text, l);
}

static int depthwise_size(struct parser *p, struct layer *l)
{
	l->out.channels = l->in.channels;
	return window_size(p, l);
}

static struct layer_sides depthwise_weight(const struct layer *l)
{
	return (struct layer_sides){3, {l->window.kernel.y, l->window.kernel.x, l->out.channels}};
}

static void depthwise_tap(const struct layer *l, int tap, const double *restrict pixel, double *restrict out)
{
	const float *restrict weight = window_weight(l, tap, 1);
	for (int c = 0; c < l->in.channels; c++)
		out[c] += pixel[c] * (double)weight[c];
}

static int depthwise_reference(const struct layer *l, const struct layer_tensors *t)
{
	static const struct window_reference how = {.tap = depthwise_tap};
	return window_run(l, t, &how);
}

static dnnl_status_t depthwise_format(dnnl_memory_desc_t *md, const struct layer *l, bool any)
{
	dnnl_dim_t ky = l->window.kernel.y, kx = l->window.kernel.x;
	return format_new(md, 5, (dnnl_dims_t){l->in.channels, 1, 1, ky, kx},
			  any ? dnnl_format_tag_any : dnnl_hwigo);
}

static void depthwise_arguments(const struct layer *l, struct kernel_args *args)
{
	window_arguments(l, args);
	args->groups = l->in.channels;
}

const struct layer_row layer_depthwise = {
    .kind = LAYER_DEPTHWISE,
    .words = {{"depthwise", 1, depthwise_read}},
    .options = {&option_stride, &option_pad, &option_dilation, &option_bias, &option_no_bias,
		&option_activation, &option_from},
    .write = depthwise_write,
    .size = depthwise_size,
    .bias = BIAS_FOLDED_NORM,
    .weight = depthwise_weight,
    .reference = depthwise_reference,
    .onednn = &(const struct layer_onednn){.describe = recipe_convolution, .weights = depthwise_format},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_DEPTHWISE, NULL, depthwise_arguments},
};
