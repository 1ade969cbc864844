// SPDX-License-Identifier: BSD-3-Clause
// The largest value under a moving kernel.
#include <math.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/window.h"
#include "dnn/onednn_recipe_private.h"

static int max_read(struct parser *p, struct layer *l)
{
	return window_read_pool(p, &l->pool_max.window);
}

static void max_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	window_write_pool(text, l);
}

static void max_tap(const struct layer *l, int tap, const double *restrict pixel, double *restrict out)
{
	(void)tap;
	for (int c = 0; c < l->in.channels; c++)
		out[c] = pixel[c] > out[c] ? pixel[c] : out[c];
}

static int max_reference(const struct layer *l, const struct layer_tensors *t)
{
	static const struct window_reference how = {.start = -INFINITY, .tap = max_tap};
	return window_run(l, t, &how);
}

static dnnl_status_t max_describe(struct recipe *r)
{
	return recipe_pool(r, dnnl_pooling_max);
}

static void max_arguments(const struct layer *l, struct kernel_args *args)
{
	window_arguments(l, args);
	args->maximum = true;
}

const struct layer_row layer_pool_max = {
    .kind = LAYER_POOL_MAX,
    .words = {{"maxpool", 1, max_read}},
    .options = {&option_stride, &option_pad, &option_from},
    .write = max_write,
    .size = window_size_pool,
    .keeps_sign = true,
    .reference = max_reference,
    .onednn = &(const struct layer_onednn){.describe = max_describe},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_POOL, NULL, max_arguments},
    .onnx = {"MaxPool", "GlobalMaxPool"},
};
