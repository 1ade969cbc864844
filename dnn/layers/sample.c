// SPDX-License-Identifier: BSD-3-Clause
// The positions of points that farthest-point sampling picks.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/layers/positions.h"

static int sample_read(struct parser *p, struct layer *l)
{
	const char *by = p->word[1];
	l->sample = (struct sample_layer){.by_feature = by && strcmp(by, "feature") == 0};
	if (!l->sample.by_feature && (!by || strcmp(by, "distance") != 0))
		return parser_refuse(p, p->line,
				     "'%s' is not a way to sample: write 'sample distance COUNT' or 'sample "
				     "feature COUNT'",
				     by ? by : "");
	return parse_count(p, "the number of points", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.height);
}

static void sample_write(FILE *text, const struct layer *l, const char *const names[])
{
	(void)names;
	fprintf(text, " %s %d", l->sample.by_feature ? "feature" : "distance", l->out.height);
}

static int sample_size(struct parser *p, struct layer *l)
{
	l->out.width = 1;
	l->out.channels = POSITION_CHANNELS;
	int r = positions_check(p, l->in, POSITION_CHANNELS, "the points");
	if (r == 0 && l->out.height > l->in.height)
		r = parser_refuse(p, p->line, "cannot pick %d of %d points", l->out.height, l->in.height);
	return r;
}

// Those that distances are over.
static int channels_of(const struct layer *l)
{
	return l->sample.by_feature ? l->in.channels : POSITION_CHANNELS;
}

static double sample_flop(const struct layer *l)
{
	return positions_distance_flop(l, channels_of(l));
}

// Lowers each point's distance to the nearest picked one by what `picked` is away; returns the farthest.
static int pick_next(const struct layer *l, const float *points, int picked, float *nearest)
{
	int channels = l->in.channels, farthest = 0;
	const float *from = points + (int64_t)picked * channels;
	for (int i = 0; i < l->in.height; i++) {
		float d = positions_squared_distance(points + (int64_t)i * channels, from, channels_of(l));
		nearest[i] = d < nearest[i] ? d : nearest[i];
	}
	for (int i = 1; i < l->in.height; i++)
		if (nearest[i] > nearest[farthest])
			farthest = i;
	return farthest;
}

static int sample_reference(const struct layer *l, const struct layer_tensors *t)
{
	float *points = plain_round(t->in[0], shape_values(l->in));
	float *nearest = malloc(sizeof(float) * (size_t)l->in.height);
	int r = points && nearest ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < l->in.height; i++)
		nearest[i] = INFINITY;
	for (int k = 0, picked = 0; r == 0 && k < l->out.height; k++) {
		memcpy(t->out + (int64_t)k * POSITION_CHANNELS, t->in[0] + (int64_t)picked * l->in.channels,
		       sizeof(double) * POSITION_CHANNELS);
		picked = pick_next(l, points, picked, nearest);
	}
	free(points);
	free(nearest);
	return r;
}

// Points in columns, and what sampling keeps of each.
static size_t sample_scratch(const struct layer *l, const void *state)
{
	(void)state;
	size_t stride = (size_t)columns_stride(l->in.height), channels = (size_t)channels_of(l);
	return stride * (channels + 1) * sizeof(float) + (size_t)l->out.height * sizeof(int32_t);
}

static int sample_run(const struct layer_call *c)
{
	const struct layer *l = c->layer;
	struct columns points = {c->scratch, l->in.height, columns_stride(l->in.height), channels_of(l)};
	float *nearest = points.values + (size_t)points.stride * (size_t)points.channels;
	int32_t *picked = (int32_t *)(void *)(nearest + points.stride);
	columns_fill(&points, c->src[0], l->in.channels);
	sample_farthest(&points, l->out.height, nearest, picked);
	for (int i = 0; i < l->out.height; i++)
		memcpy(c->dst + (size_t)i * POSITION_CHANNELS,
		       c->src[0] + (size_t)picked[i] * (size_t)l->in.channels,
		       sizeof(float) * POSITION_CHANNELS);
	return 0;
}

static void sample_choose(const struct layer *l, struct cuda_step *step)
{
	step->columns = channels_of(l);
}

static void sample_arguments(const struct layer *l, struct kernel_args *args)
{
	args->points.picks = l->out.height;
}

const struct layer_row layer_sample = {
    .kind = LAYER_SAMPLE,
    .words = {{"sample", 2, sample_read}},
    .options = {&option_from},
    .write = sample_write,
    .size = sample_size,
    .distance_flop = sample_flop,
    .selects = true,
    .reference = sample_reference,
    .code = &(const struct layer_code){.scratch_bytes = sample_scratch, .run = sample_run},
    .cuda = &(const struct layer_cuda){STEP_SAMPLE, N_CUDA_KERNELS, sample_choose, sample_arguments},
};
