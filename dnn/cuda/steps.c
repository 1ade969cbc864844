// SPDX-License-Identifier: BSD-3-Clause
// A matrix product can apply a ReLU but not its upper limit (ReLU6). So a place may hold values whose limit
// is still pending: own kernels apply it as they read; before anything else reads the place, it is applied
// there.
#include "dnn/cuda/steps.h"

#include <errno.h>
#include <stdlib.h>

#include "dnn/description.h"

#ifndef WORKSPACE_BYTES		    // tests have less
#define WORKSPACE_BYTES (256 << 20) // im2col takes fewer images at a time rather than more than this
#endif

// While steps are made: what each place holds.
struct maker {
	const struct subtask *subtask;
	struct cuda_steps *steps;
	struct shape *shape; // [places]
	float *clip;	     // [places], pending
};

static bool same(struct yx v, int y, int x)
{
	return v.y == y && v.x == x;
}

static bool is_product(const struct layer *l)
{
	return l->kind == LAYER_FULLY_CONNECTED ||
	       (l->kind == LAYER_CONV && same(l->kernel, 1, 1) && same(l->stride, 1, 1) &&
		same(l->pad_before, 0, 0) && same(l->pad_after, 0, 0) && l->groups == 1);
}

// Rows of fewer channels would be too short for a matrix product to gain anything.
static bool is_conv_product(const struct layer *l)
{
	return l->kind == LAYER_CONV && l->groups == 1 && l->in.channels % 4 == 0;
}

static struct cuda_step *append(struct maker *m, struct cuda_step step)
{
	m->steps->step[m->steps->n] = step;
	return &m->steps->step[m->steps->n++];
}

static void apply_clip(struct maker *m, int place)
{
	if (m->clip[place] == NO_CLIP)
		return;
	append(m, (struct cuda_step){.kind = STEP_KERNEL,
				     .kernel = KERNEL_ACTIVATE,
				     .src = place,
				     .dst = place,
				     .in = m->shape[place],
				     .clip = m->clip[place]});
	m->clip[place] = NO_CLIP;
}

static enum cuda_kernel kernel_of(const struct layer *l)
{
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_FULLY_CONNECTED:
		return KERNEL_CONV;
	case LAYER_DEPTHWISE:
		return KERNEL_DEPTHWISE;
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		return KERNEL_POOL;
	case LAYER_ADD:
		return KERNEL_ADD;
	case LAYER_CONCAT:
		return KERNEL_CONCAT;
	case LAYER_SOFTMAX:
		return KERNEL_SOFTMAX;
	case LAYER_ACTIVATION:
		return KERNEL_ACTIVATE;
	case LAYER_SLICE:
	case LAYER_STACK:
	case LAYER_SAMPLE:
	case LAYER_GROUP:
	case LAYER_VOTE:
	case LAYER_NMS:
		break; // refused by cuda_steps_make
	}
	return KERNEL_ACTIVATE;
}

// A product applies ReLU itself and leaves ReLU6's limit pending; other activations follow it in place.
static void append_product(struct maker *m, struct cuda_step step)
{
	enum activation wanted = step.activation;
	bool rectified = wanted == ACTIVATION_RELU || wanted == ACTIVATION_RELU6;
	step.kind = is_product(step.layer) ? STEP_PRODUCT : STEP_CONV_PRODUCT;
	step.activation = rectified ? ACTIVATION_RELU : ACTIVATION_NONE;
	if (step.kind == STEP_PRODUCT)
		apply_clip(m, step.src);
	step.clip = m->clip[step.src];
	append(m, step);
	m->clip[step.dst] = wanted == ACTIVATION_RELU6 ? 6.0f : NO_CLIP;
	if (!rectified && wanted != ACTIVATION_NONE)
		append(m, (struct cuda_step){.kind = STEP_KERNEL,
					     .kernel = KERNEL_ACTIVATE,
					     .src = step.dst,
					     .dst = step.dst,
					     .in = step.layer->out,
					     .clip = NO_CLIP,
					     .activation = wanted});
}

static void append_concat(struct maker *m, struct cuda_step step, const struct layout_step *s)
{
	for (int k = 0; k < step.layer->n_inputs; k++) {
		step.src = s->src[k];
		step.in = m->shape[step.src];
		step.clip = m->clip[step.src];
		append(m, step);
		step.channel += step.in.channels;
	}
	m->clip[step.dst] = NO_CLIP;
}

static void append_layer(struct maker *m, const struct layout_step *s)
{
	const struct layer *l = &m->subtask->layers[s->layer];
	struct cuda_step step = {.kind = STEP_KERNEL,
				 .kernel = kernel_of(l),
				 .layer = l,
				 .index = s->layer,
				 .src = s->src[0],
				 .addend = l->kind == LAYER_ADD ? s->src[1] : s->src[0],
				 .dst = s->dst,
				 .in = l->in,
				 .accumulate = s->add >= 0,
				 .activation =
				     s->add >= 0 ? m->subtask->layers[s->add].activation : l->activation};
	if (step.accumulate)
		apply_clip(m, step.dst);
	step.clip = m->clip[step.src];
	step.clip_addend = m->clip[step.addend];
	if (is_product(l) || is_conv_product(l)) {
		append_product(m, step);
	} else if (l->kind == LAYER_CONCAT) {
		append_concat(m, step, s);
	} else {
		append(m, step);
		m->clip[step.dst] = NO_CLIP;
	}
	m->shape[step.dst] = l->out;
}

int cuda_steps_make(struct cuda_steps *steps, const struct subtask *t)
{
	*steps = (struct cuda_steps){0};
	for (int i = 0; i < t->n_layers; i++)
		if (layer_is_over_points(&t->layers[i]))
			return -ENOTSUP;
	int r = layout_make(&steps->layout, t);
	if (r < 0)
		return r;
	size_t places = (size_t)(PLACE_SLOTS + steps->layout.n_slots);
	// A layer is a step, an activation behind it, and limits before it: of its operands; a concat's
	// inputs.
	size_t most = (size_t)t->n_layers * (LAYER_MAX_INPUTS + 3) + 1;
	struct maker m = {t, steps, calloc(places, sizeof(struct shape)), calloc(places, sizeof(float))};
	steps->step = calloc(most, sizeof(*steps->step));
	if (!m.shape || !m.clip || !steps->step) {
		r = -ENOMEM;
	} else {
		for (size_t i = 0; i < places; i++)
			m.clip[i] = NO_CLIP;
		m.shape[PLACE_IN] = t->in;
		for (int i = 0; i < steps->layout.n_steps; i++)
			append_layer(&m, &steps->layout.steps[i]);
		apply_clip(&m, PLACE_OUT);
	}
	free(m.shape);
	free(m.clip);
	if (r < 0)
		cuda_steps_free(steps);
	return r;
}

void cuda_steps_free(struct cuda_steps *steps)
{
	layout_free(&steps->layout);
	free(steps->step);
	*steps = (struct cuda_steps){0};
}

// Values of a row of im2col, and rows of one image.
static int64_t row_values(const struct layer *l)
{
	return (int64_t)l->kernel.y * l->kernel.x * l->in.channels;
}

static int64_t image_rows(const struct layer *l)
{
	return (int64_t)l->out.height * l->out.width;
}

int64_t cuda_steps_workspace(const struct cuda_steps *steps, int batch, int value_bytes)
{
	int64_t most = 0;
	for (int i = 0; i < steps->n; i++) {
		if (steps->step[i].kind != STEP_CONV_PRODUCT)
			continue;
		const struct layer *l = steps->step[i].layer;
		int64_t image = row_values(l) * image_rows(l) * value_bytes;
		int64_t images = WORKSPACE_BYTES / image;
		images = images < 1 ? 1 : images > batch ? batch : images;
		if (images * image > most)
			most = images * image;
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
	bool flat = l->kind == LAYER_FULLY_CONNECTED;
	int64_t rows = flat ? batch : batch * image_rows(l);
	return take_product(s, rows, 0, b->place[s->src], flat ? shape_values(l->in) : l->in.channels, b,
			    taker);
}

static void describe_moving(struct kernel_args *a, const struct layer *l)
{
	a->in = l->in;
	a->out = l->out;
	a->kernel = l->kernel;
	a->stride = l->stride;
	a->dilation = l->dilation;
	a->pad = l->pad_before;
	a->groups = l->groups;
	a->maximum = l->kind == LAYER_POOL_MAX;
	a->count_padding = l->count_padding;
}

static int take_conv_product(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
			     const struct cuda_taker *taker)
{
	const struct layer *l = s->layer;
	int64_t rows = image_rows(l), k = row_values(l);
	int64_t images = b->workspace_bytes / (rows * k * b->value_bytes);
	int r = images < 1 ? -ENOMEM : 0;
	for (int64_t first = 0; r == 0 && first < batch; first += images) {
		int64_t now = batch - first < images ? batch - first : images;
		struct kernel_args args = {.n = now * rows * k / 4,
					   .vector = 4,
					   .clip = s->clip,
					   .src = at(b, s->src, first * shape_values(l->in)),
					   .dst = b->workspace};
		describe_moving(&args, l);
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
	switch (s->kernel) {
	case KERNEL_DEPTHWISE:
	case KERNEL_POOL:
	case KERNEL_CONV:
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
		describe_moving(&args, s->layer);
		args.weight = b->weight[s->index];
		args.bias = b->bias[s->index];
	}
	args.n = items_of(s, vector, batch);
	args.in = s->in;
	args.vector = vector;
	args.channel = s->channel;
	args.accumulate = s->accumulate;
	args.activation = s->activation;
	args.clip = s->clip;
	args.clip_addend = s->clip_addend;
	args.src = b->place[s->src];
	args.addend = b->place[s->addend];
	args.dst = b->place[s->dst];
	return taker->kernel(taker->user, s->kernel, &args);
}

int cuda_steps_take(const struct cuda_steps *steps, int batch, const struct cuda_buffers *buffers,
		    const struct cuda_taker *taker)
{
	int r = 0;
	for (int i = 0; r == 0 && i < steps->n; i++) {
		const struct cuda_step *s = &steps->step[i];
		switch (s->kind) {
		case STEP_KERNEL:
			r = take_kernel(s, batch, buffers, taker);
			break;
		case STEP_PRODUCT:
			r = take_plain_product(s, batch, buffers, taker);
			break;
		case STEP_CONV_PRODUCT:
			r = take_conv_product(s, batch, buffers, taker);
			break;
		}
	}
	return r;
}
