// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cpu_op.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/cpu_float64.h"
#include "dnn/cpu_group.h"
#include "dnn/description.h"
#include "dnn/points/points.h"

struct cpu_op {
	const struct layer *layer;
	int batch;
	struct shape from[LAYER_MAX_INPUTS]; // of the layer's inputs
	struct onednn_op *primitive;	     // or
	struct grouped_network *group;	     // or none of both
};

bool subtask_runs_singly(const struct subtask *t)
{
	for (int i = 0; i < t->n_layers; i++)
		if (layer_is_over_points(&t->layers[i]) && t->layers[i].kind != LAYER_SLICE)
			return true;
	return false;
}

int cpu_op_new(struct cpu_op **out, struct onednn *o, const struct subtask *t, const struct layout_step *step,
	       int batch, struct onednn_weights *weights, struct err *err)
{
	*out = NULL;
	struct cpu_op *op = calloc(1, sizeof(*op));
	if (!op)
		return err_set(err, ENOMEM, "no memory for a layer");
	const struct layer *l = op->layer = &t->layers[step->layer];
	op->batch = batch;
	for (int i = 0; i < l->n_inputs; i++)
		op->from[i] = l->input[i] < 0 ? t->in : t->layers[l->input[i]].out;
	const struct layer *after = step->add >= 0 ? &t->layers[step->add] : NULL;
	int r = 0;
	if (!layer_is_over_points(l))
		r = onednn_op_new(&op->primitive, o, t, step->layer, batch, after, &weights[step->layer],
				  err);
	else if (l->kind == LAYER_GROUP)
		r = grouped_network_new(&op->group, o, t, step->layer, step->last, weights, err);
	if (r < 0) {
		cpu_op_free(op);
		return r;
	}
	*out = op;
	return 0;
}

void cpu_op_free(struct cpu_op *op)
{
	if (!op)
		return;
	onednn_op_free(op->primitive);
	grouped_network_free(op->group);
	free(op);
}

// Points in columns, and what sampling keeps of each.
static size_t sample_bytes(const struct layer *l)
{
	size_t stride = (size_t)columns_stride(l->in.height);
	size_t channels = l->by_feature ? (size_t)l->in.channels : POSITION_CHANNELS;
	return stride * (channels + 1) * sizeof(float) + (size_t)l->out.height * sizeof(int32_t);
}

size_t cpu_op_scratch_bytes(const struct cpu_op *op)
{
	if (op->primitive)
		return onednn_op_scratch_bytes(op->primitive);
	if (op->group)
		return grouped_network_scratch_bytes(op->group);
	if (op->layer->is_float64)
		return float64_scratch_bytes(op->layer);
	return op->layer->kind == LAYER_SAMPLE ? sample_bytes(op->layer) : 0;
}

static void slice(const struct layer *l, const float *src, float *dst)
{
	size_t in = (size_t)l->in.channels, out = (size_t)l->out.channels;
	src += (size_t)l->first_row * (size_t)l->in.width * in + (size_t)l->first_channel;
	if (in == out) { // rows follow each other
		memcpy(dst, src, sizeof(float) * (size_t)shape_values(l->out));
		return;
	}
	for (int64_t i = 0; i < (int64_t)l->out.height * l->out.width; i++, src += in, dst += out)
		memcpy(dst, src, sizeof(float) * out);
}

static void stack(const struct cpu_op *op, const float *const src[], float *dst)
{
	for (int i = 0; i < op->layer->n_inputs; i++) {
		int64_t values = shape_values(op->from[i]);
		memcpy(dst, src[i], sizeof(float) * (size_t)values);
		dst += values;
	}
}

static void sample(const struct layer *l, const float *src, float *dst, void *scratch)
{
	struct columns points = {scratch, l->in.height, columns_stride(l->in.height),
				 l->by_feature ? l->in.channels : POSITION_CHANNELS};
	float *nearest = points.values + (size_t)points.stride * (size_t)points.channels;
	int32_t *picked = (int32_t *)(void *)(nearest + points.stride);
	columns_fill(&points, src, l->in.channels);
	sample_farthest(&points, l->out.height, nearest, picked);
	for (int i = 0; i < l->out.height; i++)
		memcpy(dst + (size_t)i * POSITION_CHANNELS, src + (size_t)picked[i] * (size_t)l->in.channels,
		       sizeof(float) * POSITION_CHANNELS);
}

static int run_points(const struct cpu_op *op, const float *const src[], float *dst, void *scratch)
{
	const struct layer *l = op->layer;
	switch ((int)l->kind) {
	case LAYER_SLICE:
		for (int64_t i = 0; i < op->batch; i++)
			slice(l, src[0] + i * shape_values(l->in), dst + i * shape_values(l->out));
		return 0;
	case LAYER_STACK:
		stack(op, src, dst);
		return 0;
	case LAYER_SAMPLE:
		sample(l, src[0], dst, scratch);
		return 0;
	case LAYER_VOTE:
		vote_positions(src[0], src[1], op->from[1].channels, l->out.height, l->limit_m, dst);
		return 0;
	case LAYER_NMS: {
		int r = suppress_overlaps(src[0], src[1], op->from[1].channels, l->out.height, l->overlap,
					  l->max_boxes, dst);
		return r < 0 ? r : 0;
	}
	default: // a convolution
		float64_run(l, src[0], dst, scratch);
		return 0;
	}
}

int cpu_op_run(struct cpu_op *op, struct onednn *o, const float *const src[], float *dst, void *scratch)
{
	if (op->primitive)
		return onednn_op_run(o, op->primitive, src, dst, scratch);
	if (op->group)
		return grouped_network_run(op->group, o, src[0], src[1], dst, scratch);
	return run_points(op, src, dst, scratch);
}
