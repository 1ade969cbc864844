// SPDX-License-Identifier: BSD-3-Clause
// How many values there are; apart, since the CUDA plug-in compiles it in.
#include "dnn/description.h"

int64_t network_cut_values(const struct network *net, int cut)
{
	return shape_values(cut == 0 ? net->subtasks[0].in : net->subtasks[cut - 1].out);
}

int64_t network_largest_cut(const struct network *net, int from, int to)
{
	int64_t most = 0;
	for (int cut = from; cut <= to; cut++)
		if (network_cut_values(net, cut) > most)
			most = network_cut_values(net, cut);
	return most;
}

int64_t layer_weight_values(const struct layer *l)
{
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
		return (int64_t)l->kernel.y * l->kernel.x * (l->in.channels / l->groups) * l->out.channels;
	case LAYER_FULLY_CONNECTED:
		return shape_values(l->in) * l->out.channels;
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
	case LAYER_ADD:
	case LAYER_MULTIPLY:
	case LAYER_CONCAT:
	case LAYER_SOFTMAX:
	case LAYER_ACTIVATION:
	case LAYER_SLICE:
	case LAYER_STACK:
	case LAYER_SAMPLE:
	case LAYER_GROUP:
	case LAYER_VOTE:
	case LAYER_NMS:
		return 0;
	}
	return 0;
}

int64_t layer_bias_values(const struct layer *l)
{
	return l->bias_kind == BIAS_NONE ? 0 : l->out.channels;
}
