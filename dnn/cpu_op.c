// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/cpu_op_private.h"

#include <errno.h>
#include <stdlib.h>

#include "dnn/layers/layers.h"

struct cpu_op {
	const struct layer *layer;
	int batch;
	struct shape from[LAYER_MAX_INPUTS]; // of the layer's inputs
	struct onednn_op *primitive;	     // or
	const struct layer_code *code;	     // with what it opened
	void *state;
};

bool subtask_runs_singly(const struct subtask *t)
{
	for (int i = 0; i < t->n_layers; i++)
		if (layer_is_over_points(&t->layers[i]) && !t->layers[i].row->any_batch)
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
	if (layer_is_over_points(l))
		op->code = l->row->code;
	else
		r = onednn_op_new(&op->primitive, o, t, step->layer, batch, after, &weights[step->layer],
				  err);
	if (op->code && op->code->open)
		r = op->code->open(&op->state, o, t, step->layer, step->last, weights, err);
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
	if (op->code && op->code->close)
		op->code->close(op->state);
	free(op);
}

size_t cpu_op_scratch_bytes(const struct cpu_op *op)
{
	if (op->primitive)
		return onednn_op_scratch_bytes(op->primitive);
	return op->code->scratch_bytes ? op->code->scratch_bytes(op->layer, op->state) : 0;
}

int cpu_op_run(struct cpu_op *op, struct onednn *o, const float *const src[], float *dst, void *scratch)
{
	if (op->primitive)
		return onednn_op_run(o, op->primitive, src, dst, scratch);
	return op->code->run(&(const struct layer_call){.layer = op->layer,
							.batch = op->batch,
							.from = op->from,
							.state = op->state,
							.scratch = scratch,
							.src = src,
							.dst = dst,
							.onednn = o});
}
