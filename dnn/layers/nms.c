// SPDX-License-Identifier: BSD-3-Clause
// Boxes from predictions (input[0]) around positions (input[1]), overlaps removed. The rule is in one place
// (points/nms.c; its judge is a brute force in the tests); the reference rounds the operands for it.
#include <errno.h>
#include <stdlib.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/plain.h"
#include "dnn/layers/positions.h"

static int nms_read(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	l->nms = (struct nms_layer){0};
	int r = find_layer(p, p->word[1], &l->input[1]);
	if (r == 0)
		r = parse_decimal(p, "the overlap", p->word[2], 1, &l->nms.overlap);
	return r < 0 ? r
		     : parse_count(p, "the number of boxes", p->word[3], DESCRIPTION_MAX_SIDE,
				   &l->nms.max_boxes);
}

static void nms_write(FILE *text, const struct layer *l, const char *const names[])
{
	fprintf(text, " %s %.9g %d", names[1], (double)l->nms.overlap, l->nms.max_boxes);
}

static int nms_size(struct parser *p, struct layer *l)
{
	return positions_size(p, l, PREDICTION_CHANNELS, "the predictions");
}

static int suppress(const struct layer *l, const float *predictions, const float *positions,
		    const struct shape *from, float *rows)
{
	int r = suppress_overlaps(predictions, positions, from->channels, l->out.height, l->nms.overlap,
				  l->nms.max_boxes, rows);
	return r < 0 ? r : 0;
}

static int nms_reference(const struct layer *l, const struct layer_tensors *t)
{
	int64_t values = shape_values(l->out);
	float *predictions = plain_round(t->in[0], values);
	float *positions = plain_round(t->in[1], shape_values(t->from[1]));
	float *rows = malloc(sizeof(float) * (size_t)values);
	int r = predictions && positions && rows ? suppress(l, predictions, positions, &t->from[1], rows)
						 : -ENOMEM;
	for (int64_t i = 0; r == 0 && i < values; i++)
		t->out[i] = (double)rows[i];
	free(predictions);
	free(positions);
	free(rows);
	return r;
}

static int nms_run(const struct layer_call *c)
{
	return suppress(c->layer, c->src[0], c->src[1], &c->from[1], c->dst);
}

static void nms_arguments(const struct layer *l, struct kernel_args *args)
{
	args->points.overlap = l->nms.overlap;
	args->points.max_boxes = l->nms.max_boxes;
}

const struct layer_row layer_nms = {
    .kind = LAYER_NMS,
    .words = {{"nms", 3, nms_read}},
    .options = {&option_from},
    .write = nms_write,
    .size = nms_size,
    .selects = true,
    .reference = nms_reference,
    .code = &(const struct layer_code){.run = nms_run},
    .cuda = &(const struct layer_cuda){STEP_BOXES, N_CUDA_KERNELS, NULL, nms_arguments},
};
