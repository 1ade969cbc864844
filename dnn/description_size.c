// SPDX-License-Identifier: BSD-3-Clause
// Shapes and work of a layer, from its inputs and options.
#include "dnn/description_parser.h"

#include <string.h>

struct shape input_shape(const struct parser *p, int input)
{
	return input < 0 ? p->subtask->in : p->store->layers[p->first_layer + input].out;
}

// Rows (or columns) that a kernel makes; 0 = it does not fit.
static int positions(int in, int before, int after, int kernel, int dilation, int stride)
{
	int room = in + before + after - (kernel - 1) * dilation - 1;
	return room < 0 ? 0 : room / stride + 1;
}

static int size_moving_kernel(struct parser *p, struct layer *l)
{
	if (l->kernel.y == 0) { // global
		l->kernel = (struct yx){l->in.height, l->in.width};
		if (l->pad_before.y || l->pad_before.x || l->pad_after.y || l->pad_after.x)
			return parser_refuse(p, p->line, "a global pool takes no padding");
	}
	l->out.height =
	    positions(l->in.height, l->pad_before.y, l->pad_after.y, l->kernel.y, l->dilation.y, l->stride.y);
	l->out.width =
	    positions(l->in.width, l->pad_before.x, l->pad_after.x, l->kernel.x, l->dilation.x, l->stride.x);
	if (l->out.height == 0 || l->out.width == 0)
		return parser_refuse(p, p->line, "the kernel %dx%d does not fit into the padded input %dx%d",
				     l->kernel.y, l->kernel.x,
				     l->in.height + l->pad_before.y + l->pad_after.y,
				     l->in.width + l->pad_before.x + l->pad_after.x);
	struct yx reach = {(l->kernel.y - 1) * l->dilation.y, (l->kernel.x - 1) * l->dilation.x};
	if (l->pad_before.y > reach.y || l->pad_after.y > reach.y || l->pad_before.x > reach.x ||
	    l->pad_after.x > reach.x)
		return parser_refuse(
		    p, p->line, "the padding must be smaller than the kernel: at most %d rows and %d columns",
		    reach.y, reach.x);
	if (l->kind != LAYER_CONV)
		l->out.channels = l->in.channels;
	if (l->kind == LAYER_DEPTHWISE)
		l->groups = l->in.channels;
	if (l->in.channels % l->groups || l->out.channels % l->groups)
		return parser_refuse(p, p->line, "%d groups do not divide %d input and %d output channels",
				     l->groups, l->in.channels, l->out.channels);
	return 0;
}

static int size_add(struct parser *p, struct layer *l)
{
	struct shape other = input_shape(p, l->input[1]);
	if (memcmp(&other, &l->in, sizeof(other)) != 0)
		return parser_refuse(p, p->line, "cannot add %dx%dx%d to %dx%dx%d: the shapes must be equal",
				     other.height, other.width, other.channels, l->in.height, l->in.width,
				     l->in.channels);
	l->out = l->in;
	return 0;
}

static int size_multiply(struct parser *p, struct layer *l)
{
	struct shape other = input_shape(p, l->input[1]);
	bool by_channel = other.height == 1 && other.width == 1 && other.channels == l->in.channels;
	if (!by_channel && memcmp(&other, &l->in, sizeof(other)) != 0)
		return parser_refuse(
		    p, p->line,
		    "cannot multiply %dx%dx%d by %dx%dx%d: the shapes must be equal, or the second "
		    "one 1x1x%d",
		    l->in.height, l->in.width, l->in.channels, other.height, other.width, other.channels,
		    l->in.channels);
	l->out = l->in;
	return 0;
}

static int size_concat(struct parser *p, struct layer *l)
{
	l->out = (struct shape){l->in.height, l->in.width, 0};
	for (int i = 0; i < l->n_inputs; i++) {
		struct shape s = input_shape(p, l->input[i]);
		if (s.height != l->in.height || s.width != l->in.width)
			return parser_refuse(
			    p, p->line, "cannot join %dx%dx%d to %dx%dx%d: height and width must be equal",
			    s.height, s.width, s.channels, l->in.height, l->in.width, l->in.channels);
		l->out.channels += s.channels;
	}
	if (l->out.channels > DESCRIPTION_MAX_SIDE)
		return parser_refuse(p, p->line, "%d channels: at most %d", l->out.channels,
				     DESCRIPTION_MAX_SIDE);
	return 0;
}

static int size_output(struct parser *p, struct layer *l)
{
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		return size_moving_kernel(p, l);
	case LAYER_FULLY_CONNECTED:
		l->out.height = l->out.width = 1;
		return 0;
	case LAYER_ADD:
		return size_add(p, l);
	case LAYER_MULTIPLY:
		return size_multiply(p, l);
	case LAYER_CONCAT:
		return size_concat(p, l);
	case LAYER_SOFTMAX:
	case LAYER_ACTIVATION:
		l->out = l->in;
		return 0;
	case LAYER_SLICE:
	case LAYER_STACK:
	case LAYER_SAMPLE:
	case LAYER_GROUP:
	case LAYER_VOTE:
	case LAYER_NMS:
		return size_points(p, l);
	}
	return 0;
}

static int check_float64(struct parser *p, const struct layer *l)
{
	bool plain = l->kernel.y == 1 && l->kernel.x == 1 && l->stride.y == 1 && l->stride.x == 1 &&
		     l->pad_before.y == 0 && l->pad_before.x == 0 && l->pad_after.y == 0 &&
		     l->pad_after.x == 0 && l->groups == 1;
	bool activation = l->activation == ACTIVATION_NONE || l->activation == ACTIVATION_RELU;
	if (l->is_float64 && !(plain && activation))
		return parser_refuse(p, p->line,
				     "float64 is for 'conv 1x1' without stride, pad and groups, with relu or "
				     "no activation");
	return 0;
}

int layer_size(struct parser *p, struct layer *l)
{
	l->in = input_shape(p, l->input[0]);
	int r = check_float64(p, l);
	if (r == 0)
		r = size_output(p, l);
	if (r < 0)
		return r;
	p->weights += layer_weight_values(l);
	if (shape_values(l->out) > DESCRIPTION_MAX_VALUES || p->weights > DESCRIPTION_MAX_WEIGHTS)
		return parser_refuse(p, p->line,
				     "too large: a tensor holds at most %d values, a network %d weights",
				     DESCRIPTION_MAX_VALUES, DESCRIPTION_MAX_WEIGHTS);
	l->macs = layer_weight_values(l); // a fully connected weight is used once, a kernel's once a position
	if (l->kind != LAYER_FULLY_CONNECTED)
		l->macs *= (int64_t)l->out.height * l->out.width;
	return 0;
}
