// SPDX-License-Identifier: BSD-3-Clause
// For each centre (input[1]) the points (input[0]) in a ball around it.
#include <errno.h>
#include <stdlib.h>

#include "dnn/cpu_group_private.h"
#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/layers/positions.h"

static int group_read(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	l->group = (struct group_layer){0};
	int r = parse_decimal(p, "the radius", p->word[1], POSITIONS_MAX_M, &l->group.radius_m);
	if (r == 0)
		r = parse_count(p, "the number of samples", p->word[2], DESCRIPTION_MAX_SIDE, &l->out.width);
	return r < 0 ? r : find_layer(p, p->word[3], &l->input[1]);
}

static void group_write(FILE *text, const struct layer *l, const char *const names[])
{
	fprintf(text, " %.9g %d %s", (double)l->group.radius_m, l->out.width, names[1]);
}

static int group_size(struct parser *p, struct layer *l)
{
	struct shape centres = input_shape(p, l->input[1]);
	l->out.height = centres.height;
	l->out.channels = l->in.channels;
	int r = positions_check(p, l->in, POSITION_CHANNELS, "the points");
	return r < 0 ? r : positions_check(p, centres, POSITION_CHANNELS, "the centres");
}

static double group_flop(const struct layer *l)
{
	return positions_distance_flop(l, POSITION_CHANNELS);
}

// The samples of one centre: [samples][channels].
static void group_ball(const struct layer *l, const double *in, const float *points, const double *at,
		       double *out)
{
	int channels = l->in.channels, samples = l->out.width, found = 0;
	float limit = l->group.radius_m * l->group.radius_m, centre[POSITION_CHANNELS];
	for (int c = 0; c < POSITION_CHANNELS; c++)
		centre[c] = (float)at[c];
	for (int i = 0; i < l->in.height && found < samples; i++) {
		const float *point = points + (int64_t)i * channels;
		if (!(positions_squared_distance(point, centre, POSITION_CHANNELS) < limit))
			continue;
		double *row = out + (int64_t)found++ * channels;
		for (int c = 0; c < channels; c++)
			row[c] = in[(int64_t)i * channels + c] - (c < POSITION_CHANNELS ? at[c] : 0);
	}
	for (int64_t k = (int64_t)found * channels; k < (int64_t)samples * channels; k++)
		out[k] = found ? out[k % channels] : 0; // the first sample again
}

static int group_reference(const struct layer *l, const struct layer_tensors *t)
{
	float *points = plain_round(t->in[0], shape_values(l->in));
	int64_t ball = (int64_t)l->out.width * l->out.channels;
	for (int i = 0; points && i < l->out.height; i++)
		group_ball(l, t->in[0], points, t->in[1] + (int64_t)i * t->from[1].channels,
			   t->out + i * ball);
	int r = points ? 0 : -ENOMEM;
	free(points);
	return r;
}

static int group_open(void **state, struct onednn *o, const struct subtask *t, int first, int last,
		      struct onednn_weights *weights, struct err *err)
{
	struct grouped_network *g = NULL;
	int r = grouped_network_new(&g, o, t, first, last, weights, err);
	*state = g;
	return r;
}

static void group_close(void *state)
{
	grouped_network_free(state);
}

static size_t group_scratch(const struct layer *l, const void *state)
{
	(void)l;
	return grouped_network_scratch_bytes(state);
}

static int group_run(const struct layer_call *c)
{
	return grouped_network_run(c->state, c->onednn, c->src[0], c->src[1], c->dst, c->scratch);
}

static void group_choose(const struct layer *l, struct cuda_step *step)
{
	(void)l;
	step->columns = POSITION_CHANNELS;
}

static void group_arguments(const struct layer *l, struct kernel_args *args)
{
	args->points.limit_m2 = l->group.radius_m * l->group.radius_m;
}

const struct layer_row layer_group = {
    .kind = LAYER_GROUP,
    .words = {{"group", 3, group_read}},
    .options = {&option_from},
    .write = group_write,
    .size = group_size,
    .distance_flop = group_flop,
    .selects = true,
    .reference = group_reference,
    .code =
	&(const struct layer_code){
	    .scratch_bytes = group_scratch, .run = group_run, .open = group_open, .close = group_close},
    .cuda = &(const struct layer_cuda){STEP_BALLS, N_CUDA_KERNELS, group_choose, group_arguments},
};
