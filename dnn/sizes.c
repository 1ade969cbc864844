// SPDX-License-Identifier: BSD-3-Clause
// How many values there are; apart, since the CUDA plug-in compiles it in.
#include "dnn/layers/layers.h"
#include "dnn/network.h"

int64_t network_cut_values(const struct network *net, int cut)
{
	return shape_values(cut == 0 ? net->subtasks[0].in : net->subtasks[cut - 1].out);
}

int network_cut_tensors(const struct network *net, int cut, struct shape out[CUT_MAX_TENSORS])
{
	const struct subtask *t = cut > 0 ? &net->subtasks[cut - 1] : NULL;
	const struct layer *last = t ? &t->layers[t->n_layers - 1] : NULL;
	out[0] = t ? t->out : net->subtasks[0].in;
	if (!t || last->kind != LAYER_PACK)
		return 1;
	for (int i = 0; i < last->n_inputs; i++)
		out[i] = subtask_input_shape(t, last, i);
	return last->n_inputs;
}

int64_t network_largest_cut(const struct network *net, int from, int to)
{
	int64_t most = 0;
	for (int cut = from; cut <= to; cut++)
		if (network_cut_values(net, cut) > most)
			most = network_cut_values(net, cut);
	return most;
}

int network_exit_at(const struct network *net, int cut)
{
	for (int e = 1; e <= net->n_exits; e++)
		if (net->exit_subtasks[e - 1] == cut)
			return e;
	return 0;
}

int64_t layer_weight_values(const struct layer *l)
{
	if (!l->row->weight)
		return 0;
	struct layer_sides sides = l->row->weight(l);
	int64_t values = 1;
	for (int i = 0; i < sides.n; i++)
		values *= sides.side[i];
	return values;
}

int64_t layer_bias_values(const struct layer *l)
{
	return l->bias_kind == BIAS_NONE ? 0 : l->out.channels;
}
