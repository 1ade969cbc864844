// SPDX-License-Identifier: BSD-3-Clause
// Points lie in rows; what compares them reads columns, which are written to the workspace first. Sampling by
// features reads too much for one block of threads to read anew for every pick: all distances are computed
// beforehand, by the whole GPU, where a table of them fits.
#include "dnn/cuda/steps_points_private.h"

#include <errno.h>

#include "dnn/cuda/align.h"
#include "dnn/points/points.h"

enum { MOST_PARTS = 4 };

// What one image has of the workspace: bytes of each part. With several images, each part holds all of them.
struct parts {
	int64_t bytes[MOST_PARTS];
};

static int stride_of(const struct layer *l)
{
	return (l->in.height + 3) / 4 * 4;
}

// At most 1 GiB an image.
static int has_table(const struct cuda_step *s)
{
	return s->columns > POSITION_CHANNELS && sample_fits_registers(s->layer->in.height);
}

enum { PART_COLUMNS, PART_TABLE, PART_NEAREST };      // of sampling
enum { PART_INDEX = 1, PART_EVEN = 2, PART_ODD = 3 }; // of balls, behind the columns
enum { PART_BOXES };

static struct parts parts_of(const struct cuda_step *s)
{
	const struct layer *l = s->layer;
	int64_t real = sizeof(float), stride = stride_of(l);
	struct parts p = {{0}};
	if (s->kind == STEP_BOXES) {
		p.bytes[PART_BOXES] = (int64_t)sizeof(struct box) * l->out.height;
		return p;
	}
	p.bytes[PART_COLUMNS] = real * s->columns * stride;
	if (s->kind == STEP_BALLS) {
		p.bytes[PART_INDEX] = (int64_t)sizeof(int32_t) * l->out.height * l->out.width;
		p.bytes[PART_EVEN] = real * l->out.height * s->ball_values[BALL_EVEN];
		p.bytes[PART_ODD] = real * l->out.height * s->ball_values[BALL_ODD];
	} else {
		p.bytes[PART_TABLE] = has_table(s) ? real * stride * stride : 0;
		p.bytes[PART_NEAREST] = sample_fits_registers(l->in.height) ? 0 : real * stride;
	}
	for (int i = 0; i < MOST_PARTS; i++)
		p.bytes[i] = cuda_aligned(p.bytes[i]);
	return p;
}

int64_t points_image_bytes(const struct cuda_step *s)
{
	if (s->kind != STEP_SAMPLE && s->kind != STEP_BALLS && s->kind != STEP_BOXES)
		return 0;
	struct parts p = parts_of(s);
	return p.bytes[0] + p.bytes[1] + p.bytes[2] + p.bytes[3];
}

// Some images of a step, and where their parts of the workspace are.
struct portion {
	const struct cuda_step *step;
	const struct cuda_buffers *buffers;
	const struct cuda_taker *taker;
	int64_t first, images;
	char *part[MOST_PARTS];
};

static void *from(const struct portion *p, int place, int64_t values_an_image)
{
	return (float *)p->buffers->place[place] + p->first * values_an_image;
}

static struct kernel_args args_of(const struct portion *p, int64_t items)
{
	const struct layer *l = p->step->layer;
	struct kernel_args a = {.n = items, .in = l->in, .out = l->out};
	if (l->row->cuda->arguments)
		l->row->cuda->arguments(l, &a);
	a.src = from(p, p->step->src, shape_values(l->in));
	a.points.channels = p->step->columns;
	a.points.stride = stride_of(l);
	a.points.pitch = p->step->pitch;
	a.points.columns = (const float *)(void *)p->part[PART_COLUMNS];
	return a;
}

static int take(const struct portion *p, enum cuda_kernel kernel, const struct kernel_args *a)
{
	return p->taker->kernel(p->taker->user, kernel, a);
}

static int take_columns(const struct portion *p)
{
	const struct cuda_step *s = p->step;
	struct kernel_args a = args_of(p, p->images * s->columns * stride_of(s->layer));
	a.dst = p->part[PART_COLUMNS];
	return take(p, KERNEL_COLUMNS, &a);
}

static int take_table(const struct portion *p)
{
	int64_t tiles = stride_of(p->step->layer) / 4;
	struct kernel_args a = args_of(p, p->images * tiles * tiles);
	a.dst = p->part[PART_TABLE];
	return take(p, KERNEL_DISTANCES, &a);
}

static int take_sample(const struct portion *p)
{
	const struct layer *l = p->step->layer;
	int r = take_columns(p);
	if (r == 0 && has_table(p->step))
		r = take_table(p);
	struct kernel_args a = args_of(p, p->images);
	a.dst = from(p, p->step->dst, shape_values(l->out));
	a.points.table = has_table(p->step) ? (const float *)(void *)p->part[PART_TABLE] : NULL;
	a.points.nearest = (float *)(void *)p->part[PART_NEAREST];
	return r < 0 ? r : take(p, KERNEL_SAMPLE, &a);
}

static int take_index(const struct portion *p, const float *centres)
{
	const struct layer *l = p->step->layer;
	struct kernel_args a = args_of(p, p->images * l->out.height);
	a.addend = centres;
	a.dst = p->part[PART_INDEX];
	return take(p, KERNEL_BALL, &a);
}

static int take_balls(const struct portion *p)
{
	const struct cuda_step *s = p->step;
	const struct layer *l = s->layer;
	void *result = from(p, s->dst, l->out.height * shape_values(s->ball_out));
	const float *centres = from(p, s->addend, (int64_t)l->out.height * s->pitch);
	int r = take_columns(p);
	if (r == 0)
		r = take_index(p, centres);
	struct kernel_args a = args_of(p, p->images * shape_values(l->out));
	a.addend = centres;
	a.dst = s->n_ball ? p->part[PART_EVEN] : result;
	a.points.index = (const int32_t *)(void *)p->part[PART_INDEX];
	if (r == 0)
		r = take(p, KERNEL_GATHER, &a);
	void *place[BALL_PLACES] = {p->part[PART_EVEN], p->part[PART_ODD], result};
	struct cuda_buffers balls = *p->buffers;
	balls.place = place;
	return r < 0 ? r : take_steps(s + 1, s->n_ball, (int)p->images * l->out.height, &balls, p->taker);
}

static int take_boxes(const struct portion *p)
{
	const struct cuda_step *s = p->step;
	const struct layer *l = s->layer;
	struct kernel_args a = args_of(p, p->images * l->out.height);
	a.addend = from(p, s->addend, (int64_t)l->out.height * s->pitch);
	a.dst = from(p, s->dst, shape_values(l->out));
	a.points.boxes = (struct box *)(void *)p->part[PART_BOXES];
	int r = take(p, KERNEL_BOXES, &a);
	a.n = p->images;
	if (r == 0)
		r = take(p, KERNEL_SUPPRESS, &a);
	a.n = p->images * shape_values(l->out);
	return r < 0 ? r : take(p, KERNEL_BOX_ROWS, &a);
}

int take_points(const struct cuda_step *s, int batch, const struct cuda_buffers *b,
		const struct cuda_taker *taker)
{
	struct parts parts = parts_of(s);
	struct portion p = {.step = s, .buffers = b, .taker = taker};
	int64_t images = images_at_once(s, batch, b);
	int r = images < 1 ? -ENOMEM : 0;
	for (; r == 0 && p.first < batch; p.first += p.images) {
		p.images = batch - p.first < images ? batch - p.first : images;
		char *at = b->workspace;
		for (int i = 0; i < MOST_PARTS; i++) {
			p.part[i] = at;
			at += parts.bytes[i] * p.images;
		}
		r = s->kind == STEP_SAMPLE  ? take_sample(&p)
		    : s->kind == STEP_BALLS ? take_balls(&p)
					    : take_boxes(&p);
	}
	return r;
}
