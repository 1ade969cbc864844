// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>

#include "dnn/cuda/steps_points_private.h"

// A step takes fewer images at a time rather than more than this; sampling more, since its images wait for
// one another otherwise: a GPU samples as many as it has multiprocessors in the time of one.
#ifndef WORKSPACE_BYTES // tests have less
#define WORKSPACE_BYTES (256 << 20)
#endif
#define SAMPLE_WORKSPACE_BYTES (1 << 30)

// Values of a row of im2col, and rows of one image.
static int64_t row_values(const struct layer *l)
{
	return (int64_t)l->window.kernel.y * l->window.kernel.x * l->in.channels;
}

static int64_t image_rows(const struct layer *l)
{
	return (int64_t)l->out.height * l->out.width;
}

// Of the workspace, for one image.
static int64_t image_bytes(const struct cuda_step *s, int value_bytes)
{
	if (s->kind == STEP_CONV_PRODUCT)
		return row_values(s->layer) * image_rows(s->layer) * value_bytes;
	return points_image_bytes(s);
}

// What the workspace is planned for.
static int64_t images_of(const struct cuda_step *s, int batch, int value_bytes)
{
	int64_t image = image_bytes(s, value_bytes);
	if (image == 0)
		return batch;
	int64_t images = (s->kind == STEP_SAMPLE ? SAMPLE_WORKSPACE_BYTES : WORKSPACE_BYTES) / image;
	return images < 1 ? 1 : images > batch ? batch : images;
}

int64_t images_at_once(const struct cuda_step *s, int batch, const struct cuda_buffers *b)
{
	int64_t image = image_bytes(s, b->value_bytes), images = images_of(s, batch, b->value_bytes);
	int64_t room = image > 0 ? b->workspace_bytes / image : images;
	return room < images ? room : images;
}

int64_t cuda_steps_workspace(const struct cuda_steps *steps, int batch, int value_bytes)
{
	int64_t most = 0;
	for (int i = 0; i < steps->n; i += 1 + steps->step[i].n_ball) {
		const struct cuda_step *s = &steps->step[i];
		int64_t bytes = images_of(s, batch, value_bytes) * image_bytes(s, value_bytes);
		most = bytes > most ? bytes : most;
	}
	return most;
}

static char *at(const struct cuda_buffers *b, int place, int64_t values)
{
	return (char *)b->place[place] + values * b->value_bytes;
}

static int take_product(const struct cuda_step *s, int64_t rows, int64_t first_row, const void *input,
			int64_t k, const struct cuda_buffers *b, const struct cuda_taker *taker)
{
	int64_t m = s->layer->out.channels;
	struct gemm_args args = {.m = m,
				 .n = rows,
				 .k = k,
				 .lda = m,
				 .ldb = k,
				 .ldd = m,
				 .a = b->weight[s->index],
				 .b = input,
				 .bias = b->bias[s->index],
				 .d = at(b, s->dst, first_row * m),
				 .accumulate = s->accumulate,
				 .relu = s->activation == ACTIVATION_RELU};
	return taker->product(taker->user, &args);
}

static int take_plain_product(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
			      const struct cuda_taker *taker)
{
	const struct layer *l = s->layer;
	int64_t rows = s->is_flat ? batch : batch * image_rows(l);
	return take_product(s, rows, 0, b->place[s->src], s->is_flat ? shape_values(l->in) : l->in.channels,
			    b, taker);
}

static void describe(struct kernel_args *a, const struct layer *l)
{
	a->in = l->in;
	a->out = l->out;
	if (l->row->cuda->arguments)
		l->row->cuda->arguments(l, a);
}

static int take_conv_product(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
			     const struct cuda_taker *taker)
{
	const struct layer *l = s->layer;
	int64_t rows = image_rows(l), k = row_values(l);
	int64_t images = images_at_once(s, batch, b);
	int r = images < 1 ? -ENOMEM : 0;
	for (int64_t first = 0; r == 0 && first < batch; first += images) {
		int64_t now = batch - first < images ? batch - first : images;
		struct kernel_args args = {.n = now * rows * k / 4,
					   .vector = 4,
					   .clip = s->clip,
					   .src = at(b, s->src, first * shape_values(l->in)),
					   .dst = b->workspace};
		describe(&args, l);
		r = taker->kernel(taker->user, KERNEL_IM2COL, &args);
		if (r == 0)
			r = take_product(s, now * rows, first * rows, b->workspace, k, b, taker);
	}
	return r;
}

static int vector_of(const struct cuda_step *s)
{
	bool wide = s->kernel == KERNEL_DEPTHWISE || s->kernel == KERNEL_POOL;
	return wide && s->layer->in.channels % 4 == 0 ? 4 : 1;
}

static int64_t items_of(const struct cuda_step *s, int vector, int batch)
{
	if (!s->layer)
		return batch * shape_values(s->in);
	switch (s->kernel) {
	case KERNEL_DEPTHWISE:
	case KERNEL_POOL:
	case KERNEL_CONV:
	case KERNEL_SLICE:
	case KERNEL_CONV_FLOAT64:
		return batch * shape_values(s->layer->out) / vector;
	case KERNEL_SOFTMAX:
		return batch * shape_values(s->in) / s->in.channels;
	default:
		return batch * shape_values(s->in);
	}
}

static int take_kernel(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
		       const struct cuda_taker *taker)
{
	int vector = vector_of(s);
	struct kernel_args args = {0};
	if (s->layer) {
		describe(&args, s->layer);
		args.weight = b->weight[s->index];
		args.bias = b->bias[s->index];
		args.points.pitch = s->pitch;
	}
	args.n = items_of(s, vector, batch);
	args.in = s->in;
	args.vector = vector;
	args.channel = s->channel;
	args.row = s->row;
	args.accumulate = s->accumulate;
	args.activation = s->activation;
	args.alpha = s->alpha;
	args.beta = s->beta;
	args.positions = s->positions;
	args.clip = s->clip;
	args.clip_addend = s->clip_addend;
	args.src = b->place[s->src];
	args.addend = b->place[s->addend];
	args.dst = b->place[s->dst];
	return taker->kernel(taker->user, s->kernel, &args);
}

static int take_step(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
		     const struct cuda_taker *taker)
{
	switch (s->kind) {
	case STEP_KERNEL:
		return take_kernel(s, batch, b, taker);
	case STEP_PRODUCT:
		return take_plain_product(s, batch, b, taker);
	case STEP_CONV_PRODUCT:
		return take_conv_product(s, batch, b, taker);
	case STEP_SAMPLE:
	case STEP_BALLS:
	case STEP_BOXES:
		return take_points(s, batch, b, taker);
	}
	return -EINVAL;
}

int take_steps(const struct cuda_step *step, int n, int batch, const struct cuda_buffers *b,
	       const struct cuda_taker *taker)
{
	int r = 0;
	for (int i = 0; r == 0 && i < n; i += 1 + step[i].n_ball)
		r = take_step(&step[i], batch, b, taker);
	return r;
}

int cuda_steps_take(const struct cuda_steps *steps, int batch, const struct cuda_buffers *buffers,
		    const struct cuda_taker *taker)
{
	return take_steps(steps->step, steps->n, batch, buffers, taker);
}
