// SPDX-License-Identifier: BSD-3-Clause
// Positions (input[1]) moved by a limited shift (input[0]).
#include <math.h>
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/positions.h"

static int vote_read(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	l->vote = (struct vote_layer){0};
	int r = find_layer(p, p->word[1], &l->input[1]);
	return r < 0 ? r
		     : parse_decimals(p, "the limit", p->word[2], POSITIONS_MAX_M, l->vote.limit_m,
				      POSITION_CHANNELS);
}

static void vote_write(FILE *text, const struct layer *l, const char *const names[])
{
	const float *limit = l->vote.limit_m;
	fprintf(text, " %s %.9g,%.9g,%.9g", names[1], (double)limit[0], (double)limit[1], (double)limit[2]);
}

static int vote_size(struct parser *p, struct layer *l)
{
	return positions_size(p, l, POSITION_CHANNELS, "the shifts");
}

static int vote_reference(const struct layer *l, const struct layer_tensors *t)
{
	for (int i = 0; i < l->out.height; i++)
		for (int c = 0; c < POSITION_CHANNELS; c++) {
			double limit = (double)l->vote.limit_m[c],
			       shift = t->in[0][(int64_t)i * POSITION_CHANNELS + c];
			shift = fmin(fmax(shift, -limit), limit);
			// rounded: balls around it are selections
			t->out[(int64_t)i * POSITION_CHANNELS + c] =
			    (double)(float)(t->in[1][(int64_t)i * t->from[1].channels + c] + shift);
		}
	return 0;
}

static int vote_run(const struct layer_call *c)
{
	vote_positions(c->src[0], c->src[1], c->from[1].channels, c->layer->out.height,
		       c->layer->vote.limit_m, c->dst);
	return 0;
}

static void vote_arguments(const struct layer *l, struct kernel_args *args)
{
	memcpy(args->points.limit_m, l->vote.limit_m, sizeof(args->points.limit_m));
}

const struct layer_row layer_vote = {
    .kind = LAYER_VOTE,
    .words = {{"vote", 2, vote_read}},
    .options = {&option_from},
    .write = vote_write,
    .size = vote_size,
    .reference = vote_reference,
    .code = &(const struct layer_code){.run = vote_run},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_VOTE, NULL, vote_arguments},
};
