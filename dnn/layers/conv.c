// SPDX-License-Identifier: BSD-3-Clause
// A convolution, in groups or not; of a 1x1 kernel also in double precision.
#include "dnn/cpu_float64_private.h"
#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/layers/window.h"
#include "dnn/onednn_recipe_private.h"

static int conv_read(struct parser *p, struct layer *l)
{
	l->conv = (struct conv_layer){.window = window_plain, .groups = 1};
	int r = parse_kernel(p, p->word[1], &l->window.kernel);
	return r < 0 ? r
		     : parse_count(p, "the number of output channels", p->word[2], DESCRIPTION_MAX_SIDE,
				   &l->out.channels);
}

static int read_groups(struct parser *p, struct layer *l, int i)
{
	int r = parse_count(p, "the number of groups", p->word[i + 1], DESCRIPTION_MAX_SIDE, &l->conv.groups);
	return r < 0 ? r : 2;
}

static int read_float64(struct parser *p, struct layer *l, int i)
{
	(void)p;
	(void)i;
	l->conv.is_float64 = true;
	return 1;
}

static const struct layer_option option_groups = {"groups", "groups N", read_groups},
				 option_float64 = {"float64", "float64", read_float64};

static void conv_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	fprintf(text, " %dx%d %d", l->window.kernel.y, l->window.kernel.x, l->out.channels);
	window_write(text, l);
	if (l->conv.groups > 1)
		fprintf(text, " groups %d", l->conv.groups);
	if (l->conv.is_float64)
		fputs(" float64", text);
}

static bool is_single(const struct layer *l)
{
	return window_is_single(&l->window) && l->conv.groups == 1;
}

static int conv_size(struct parser *p, struct layer *l)
{
	bool fits = is_single(l) && (l->activation == ACTIVATION_NONE || l->activation == ACTIVATION_RELU);
	if (l->conv.is_float64 && !fits)
		return parser_refuse(p, p->line,
				     "float64 is for 'conv 1x1' without stride, pad and groups, with relu or "
				     "no activation");
	int r = window_size(p, l);
	if (r == 0 && (l->in.channels % l->conv.groups || l->out.channels % l->conv.groups))
		r = parser_refuse(p, p->line, "%d groups do not divide %d input and %d output channels",
				  l->conv.groups, l->in.channels, l->out.channels);
	return r;
}

static struct layer_sides conv_weight(const struct layer *l)
{
	return (struct layer_sides){
	    4, {l->window.kernel.y, l->window.kernel.x, l->in.channels / l->conv.groups, l->out.channels}};
}

static void whole_tap(const struct layer *l, int tap, const double *pixel, double *out)
{
	plain_multiply_add(pixel, l->in.channels, window_weight(l, tap, l->in.channels), out,
			   l->out.channels);
}

static void grouped_tap(const struct layer *l, int tap, const double *pixel, double *out)
{
	int groups = l->conv.groups, ci = l->in.channels / groups, co = l->out.channels / groups;
	const float *weight = window_weight(l, tap, ci);
	for (int g = 0; g < groups; g++, pixel += ci, out += co, weight += co)
		for (int c = 0; c < ci; c++)
			for (int o = 0; o < co; o++)
				out[o] += pixel[c] * (double)weight[(int64_t)c * l->out.channels + o];
}

static int conv_reference(const struct layer *l, const struct layer_tensors *t)
{
	static const struct window_reference whole = {.tap = whole_tap}, grouped = {.tap = grouped_tap};
	return window_run(l, t, l->conv.groups == 1 ? &whole : &grouped);
}

static dnnl_status_t conv_format(dnnl_memory_desc_t *md, const struct layer *l, bool any)
{
	dnnl_dim_t g = l->conv.groups, ci = l->in.channels / g, co = l->out.channels / g;
	dnnl_dim_t ky = l->window.kernel.y, kx = l->window.kernel.x;
	if (g > 1)
		return format_new(md, 5, (dnnl_dims_t){g, co, ci, ky, kx},
				  any ? dnnl_format_tag_any : dnnl_hwigo);
	return format_new(md, 4, (dnnl_dims_t){co, ci, ky, kx}, any ? dnnl_format_tag_any : dnnl_hwio);
}

static size_t conv_scratch(const struct layer *l, const void *state)
{
	(void)state;
	return float64_scratch_bytes(l);
}

static int conv_run(const struct layer_call *c)
{
	float64_run(c->layer, c->src[0], c->dst, c->scratch);
	return 0;
}

// Rows of fewer channels would be too short for a matrix product to gain anything.
static void conv_choose(const struct layer *l, struct cuda_step *step)
{
	if (l->conv.is_float64)
		step->kernel = KERNEL_CONV_FLOAT64;
	else if (is_single(l))
		step->kind = STEP_PRODUCT;
	else if (l->conv.groups == 1 && l->in.channels % 4 == 0)
		step->kind = STEP_CONV_PRODUCT;
}

static void conv_arguments(const struct layer *l, struct kernel_args *args)
{
	window_arguments(l, args);
	args->groups = l->conv.groups;
}

const struct layer_row layer_conv = {
    .kind = LAYER_CONV,
    .words = {{"conv", 2, conv_read}},
    .options = {&option_stride, &option_pad, &option_dilation, &option_groups, &option_bias, &option_no_bias,
		&option_activation, &option_float64, &option_from},
    .write = conv_write,
    .size = conv_size,
    .bias = BIAS_FOLDED_NORM,
    .weight = conv_weight,
    .reference = conv_reference,
    .onednn = &(const struct layer_onednn){.describe = recipe_convolution, .weights = conv_format},
    .code = &(const struct layer_code){.scratch_bytes = conv_scratch, .run = conv_run},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_CONV, conv_choose, conv_arguments},
    .onnx = {"Conv"},
};
