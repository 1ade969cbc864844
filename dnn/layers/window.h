// SPDX-License-Identifier: BSD-3-Clause
// What layers whose kernel moves (conv, depthwise, both pools) have in common: struct window, from the
// description to the CUDA kernels' arguments.
#pragma once

#include "dnn/layers/layers.h"

struct kernel_args;

// A kernel of 1x1, stride and dilation 1, no padding.
extern const struct window window_plain;

extern const struct layer_option option_stride, option_pad, option_dilation;

// Writes stride, padding and dilation where they are not window_plain's.
void window_write(FILE *text, const struct layer *l);

// l->out.height and l->out.width.
int window_size(struct parser *p, struct layer *l);

// Of pools: KERNEL or `global`, which is a kernel of 0x0 until the input's size is known. Writing tells
// whether it wrote `global`.
int window_read_pool(struct parser *p, struct window *w);
int window_size_pool(struct parser *p, struct layer *l);
bool window_write_pool(FILE *text, const struct layer *l);

// What a layer does with the input under its kernel, for each output position.
struct window_reference {
	double start; // of a layer without bias
	// What kernel position `tap` (row by row) adds from the input's pixel to the output's.
	void (*tap)(const struct layer *l, int tap, const double *pixel, double *out);
	// Afterwards; inside: kernel positions within the input. NULL = nothing.
	void (*finish)(const struct layer *l, int inside, double *out);
};

int window_run(const struct layer *l, const struct layer_tensors *t, const struct window_reference *how);

// The filter's values at one kernel position; in_channels: those of one output channel.
static inline const float *window_weight(const struct layer *l, int tap, int in_channels)
{
	return l->weight + (int64_t)tap * in_channels * l->out.channels;
}

// Fills in the window, and groups = 1.
void window_arguments(const struct layer *l, struct kernel_args *args);

// Whether each output position reads the same position of the input alone.
static inline bool window_is_single(const struct window *w)
{
	return w->kernel.y == 1 && w->kernel.x == 1 && w->stride.y == 1 && w->stride.x == 1 &&
	       w->pad_before.y == 0 && w->pad_before.x == 0 && w->pad_after.y == 0 && w->pad_after.x == 0;
}

// Whether it pads at all.
static inline bool window_is_padded(const struct window *w)
{
	return w->pad_before.y || w->pad_before.x || w->pad_after.y || w->pad_after.x;
}

// Rows and columns from the first to the last input that a kernel reads, less one: no padding may be larger.
static inline struct yx window_reach(const struct window *w)
{
	return (struct yx){(w->kernel.y - 1) * w->dilation.y, (w->kernel.x - 1) * w->dilation.x};
}
