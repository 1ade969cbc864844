// SPDX-License-Identifier: BSD-3-Clause
// The mean under a moving kernel: of the positions within the input or, with count-padding, of all.
#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/layers/window.h"
#include "dnn/onednn_recipe_private.h"

static int average_read(struct parser *p, struct layer *l)
{
	l->pool_average = (struct pool_average_layer){.count_padding = false};
	return window_read_pool(p, &l->pool_average.window);
}

static int read_count_padding(struct parser *p, struct layer *l, int i)
{
	(void)p;
	(void)i;
	l->pool_average.count_padding = true;
	return 1;
}

static const struct layer_option option_count_padding = {"count-padding", "count-padding",
							 read_count_padding};

static void average_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	if (!window_write_pool(text, l) && l->pool_average.count_padding)
		fputs(" count-padding", text);
}

static void average_tap(const struct layer *l, int tap, const double *pixel, double *out)
{
	(void)tap;
	plain_add(pixel, out, l->in.channels);
}

static void average_finish(const struct layer *l, int inside, double *out)
{
	int whole = l->window.kernel.y * l->window.kernel.x;
	int divisor = l->pool_average.count_padding ? whole : inside;
	for (int c = 0; c < l->out.channels; c++)
		out[c] /= divisor;
}

static int average_reference(const struct layer *l, const struct layer_tensors *t)
{
	static const struct window_reference how = {.tap = average_tap, .finish = average_finish};
	return window_run(l, t, &how);
}

static dnnl_status_t average_describe(struct recipe *r)
{
	bool whole = r->layer->pool_average.count_padding;
	return recipe_pool(r, whole ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding);
}

static void average_arguments(const struct layer *l, struct kernel_args *args)
{
	window_arguments(l, args);
	args->count_padding = l->pool_average.count_padding;
}

const struct layer_row layer_pool_average = {
    .kind = LAYER_POOL_AVERAGE,
    .words = {{"pool", 1, average_read}},
    .options = {&option_stride, &option_pad, &option_count_padding, &option_from},
    .write = average_write,
    .size = window_size_pool,
    .keeps_sign = true,
    .reference = average_reference,
    .onednn = &(const struct layer_onednn){.describe = average_describe},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_POOL, NULL, average_arguments},
    .onnx = {"AveragePool", "GlobalAveragePool"},
};
