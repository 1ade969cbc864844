// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/window.h"

#include <string.h>

#include "dnn/cuda/kernels.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"

const struct window window_plain = {.kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};

static int read_stride(struct parser *p, struct layer *l, int i)
{
	int r = parse_pair(p, "the stride", p->word[i + 1], &l->window.stride);
	return r < 0 ? r : 2;
}

static int read_pad(struct parser *p, struct layer *l, int i)
{
	int r = parse_padding(p, p->word[i + 1], &l->window);
	return r < 0 ? r : 2;
}

static int read_dilation(struct parser *p, struct layer *l, int i)
{
	int r = parse_pair(p, "the dilation", p->word[i + 1], &l->window.dilation);
	return r < 0 ? r : 2;
}

const struct layer_option option_stride = {"stride", "stride N", read_stride},
			  option_pad = {"pad", "pad N", read_pad},
			  option_dilation = {"dilation", "dilation N", read_dilation};

void window_write(FILE *text, const struct layer *l)
{
	const struct window *w = &l->window;
	struct yx before = w->pad_before, after = w->pad_after;
	if (w->stride.y != 1 || w->stride.x != 1)
		fprintf(text, " stride %dx%d", w->stride.y, w->stride.x);
	if (window_is_padded(w))
		fprintf(text, " pad %d,%d,%d,%d", before.y, before.x, after.y, after.x);
	if (w->dilation.y != 1 || w->dilation.x != 1)
		fprintf(text, " dilation %dx%d", w->dilation.y, w->dilation.x);
}

// Rows (or columns) that a kernel makes; 0 = it does not fit.
static int positions(int in, int before, int after, int kernel, int dilation, int stride)
{
	int room = in + before + after - (kernel - 1) * dilation - 1;
	return room < 0 ? 0 : room / stride + 1;
}

int window_size(struct parser *p, struct layer *l)
{
	const struct window *w = &l->window;
	struct yx before = w->pad_before, after = w->pad_after, reach = window_reach(w);
	l->out.height = positions(l->in.height, before.y, after.y, w->kernel.y, w->dilation.y, w->stride.y);
	l->out.width = positions(l->in.width, before.x, after.x, w->kernel.x, w->dilation.x, w->stride.x);
	if (l->out.height == 0 || l->out.width == 0)
		return parser_refuse(p, p->line, "the kernel %dx%d does not fit into the padded input %dx%d",
				     w->kernel.y, w->kernel.x, l->in.height + before.y + after.y,
				     l->in.width + before.x + after.x);
	if (before.y > reach.y || after.y > reach.y || before.x > reach.x || after.x > reach.x)
		return parser_refuse(
		    p, p->line, "the padding must be smaller than the kernel: at most %d rows and %d columns",
		    reach.y, reach.x);
	return 0;
}

int window_read_pool(struct parser *p, struct window *w)
{
	*w = window_plain;
	if (p->word[1] && strcmp(p->word[1], "global") == 0) {
		w->kernel = (struct yx){0, 0};
		return 0;
	}
	return parse_kernel(p, p->word[1], &w->kernel);
}

int window_size_pool(struct parser *p, struct layer *l)
{
	if (l->window.kernel.y == 0) { // global
		l->window.kernel = (struct yx){l->in.height, l->in.width};
		if (window_is_padded(&l->window))
			return parser_refuse(p, p->line, "a global pool takes no padding");
	}
	l->out.channels = l->in.channels;
	return window_size(p, l);
}

bool window_write_pool(FILE *text, const struct layer *l)
{
	const struct window *w = &l->window;
	if (!window_is_padded(w) && w->kernel.y == l->in.height && w->kernel.x == l->in.width) {
		fputs(" global", text);
		return true;
	}
	fprintf(text, " %dx%d", w->kernel.y, w->kernel.x);
	window_write(text, l);
	return false;
}

// One output pixel; returns the kernel positions within the input.
static int run_at(const struct layer *l, const struct window_reference *how, const double *in, int y, int x,
		  double *out)
{
	const struct window *w = &l->window;
	int inside = 0;
	for (int ky = 0; ky < w->kernel.y; ky++) {
		int iy = y * w->stride.y - w->pad_before.y + ky * w->dilation.y;
		if (iy < 0 || iy >= l->in.height)
			continue;
		for (int kx = 0; kx < w->kernel.x; kx++) {
			int ix = x * w->stride.x - w->pad_before.x + kx * w->dilation.x;
			if (ix < 0 || ix >= l->in.width)
				continue;
			const double *pixel = in + ((int64_t)iy * l->in.width + ix) * l->in.channels;
			how->tap(l, ky * w->kernel.x + kx, pixel, out);
			inside++;
		}
	}
	return inside;
}

int window_run(const struct layer *l, const struct layer_tensors *t, const struct window_reference *how)
{
	double *pixel = t->out;
	for (int y = 0; y < l->out.height; y++) {
		for (int x = 0; x < l->out.width; x++, pixel += l->out.channels) {
			plain_start(l, how->start, pixel);
			int inside = run_at(l, how, t->in[0], y, x, pixel);
			if (how->finish)
				how->finish(l, inside, pixel);
		}
	}
	return 0;
}

void window_arguments(const struct layer *l, struct kernel_args *args)
{
	const struct window *w = &l->window;
	args->kernel = w->kernel;
	args->stride = w->stride;
	args->dilation = w->dilation;
	args->pad = w->pad_before;
	args->groups = 1;
}
