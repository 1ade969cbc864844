// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/cuts_private.h"

#include <errno.h>
#include <stdlib.h>

#include "dnn/layers/window.h"

static int add_passing_layer(struct builder *b)
{
	static const Onnx__NodeProto none = ONNX__NODE_PROTO__INIT;
	struct built_layer l = {.layer = {.kind = LAYER_POOL_AVERAGE,
					  .pool_average = {.window = window_plain},
					  .n_inputs = 1,
					  .input = {LAYER_INPUT_OF_SUBTASK},
					  .in = b->input,
					  .out = b->input}};
	struct view view = b->graph.output->view;
	return builder_add(b, &l, &view, b->graph.output, &none);
}

int cuts_mark_live(struct builder *b)
{
	int r = b->graph.output->layer < 0 ? add_passing_layer(b) : 0;
	if (r < 0)
		return r;
	b->layers[b->graph.output->layer].is_live = true;
	for (int i = b->n_layers - 1; i >= 0; i--)
		for (int k = 0; b->layers[i].is_live && k < b->layers[i].layer.n_inputs; k++)
			if (b->layers[i].layer.input[k] >= 0)
				b->layers[b->layers[i].layer.input[k]].is_live = true;
	return 0;
}

void cuts_find(const struct builder *b, bool *possible)
{
	int lowest = b->n_layers; // layer that any live layer behind i reads
	for (int i = b->n_layers - 1; i >= 0; i--) {
		const struct built_layer *l = &b->layers[i];
		possible[i] = l->is_live && lowest == i;
		for (int k = 0; l->is_live && k < l->layer.n_inputs; k++)
			if (l->layer.input[k] < lowest)
				lowest = l->layer.input[k];
	}
}

static const char *reason_against(const struct builder *b, const struct value *v, const bool *possible,
				  const bool *chosen)
{
	if (!v)
		return "there is no value of this name";
	if (v->producer == PRODUCER_INPUT)
		return "it is the input, where one can always cut";
	if (v->is_constant || v->producer == PRODUCER_INITIALIZER)
		return "it is a constant";
	if (!v->is_tensor || (v->layer >= 0 && !b->layers[v->layer].is_live))
		return "the output does not need it";
	if (v->layer < 0)
		return "it is the input, where one can always cut";
	if (v->layer == b->graph.output->layer)
		return "it is the result, where one can always cut";
	if (!builder_is_current(b, v) || !possible[v->layer])
		return "a branch goes around it; leave it out, and name the imported network "
		       "NAME.net:branches to "
		       "have it cut across its branches";
	return chosen[v->layer] ? "it is named twice" : NULL;
}

int cuts_choose(struct builder *b, const bool *possible, bool *chosen)
{
	if (b->n_cut_names >= DESCRIPTION_MAX_SUBTASKS)
		return err_set(b->graph.err, ENOENT, "%s: %d cuts: at most %d, for %d sub-tasks",
			       b->graph.where, b->n_cut_names, DESCRIPTION_MAX_SUBTASKS - 1,
			       DESCRIPTION_MAX_SUBTASKS);
	for (int i = 0; i < b->n_cut_names; i++) {
		const struct value *v = b->cut_names[i].value;
		const char *reason = reason_against(b, v, possible, chosen);
		if (reason)
			return err_set(b->graph.err, ENOENT, "%s: cannot cut at '%.80s': %s", b->graph.where,
				       b->cut_names[i].name, reason);
		chosen[v->layer] = true;
	}
	return 0;
}
