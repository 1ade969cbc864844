// SPDX-License-Identifier: BSD-3-Clause
// Conv, and the window that convolutions and pools move.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

struct window_node {
	const struct builder *b;
	const Onnx__NodeProto *node;
	int n; // spatial dimensions, 1 or 2; a single one is the columns
};

// One number a spatial dimension, low..DESCRIPTION_MAX_KERNEL, from an attribute; all `otherwise` where it is
// absent.
static int read_pair(const struct window_node *w, const char *name, int low, int otherwise, struct yx *out)
{
	int64_t v[2];
	int n = node_integers(&w->b->graph, w->node, name, -1, v, 2);
	if (n < -1)
		return n;
	*out = (struct yx){w->n == 2 ? otherwise : 1, otherwise};
	if (n == -1)
		return 0;
	if (n != w->n)
		return node_refuse(&w->b->graph, w->node, "'%s' has %d numbers: must be %d", name, n, w->n);
	for (int i = 0; i < n; i++)
		if (v[i] < low || v[i] > DESCRIPTION_MAX_KERNEL)
			return node_refuse(&w->b->graph, w->node, "'%s' has %" PRId64 ": must be %d to %d",
					   name, v[i], low, DESCRIPTION_MAX_KERNEL);
	out->x = (int)v[n - 1];
	out->y = n == 2 ? (int)v[0] : 1;
	return 0;
}

static int read_pads(const struct window_node *w, struct layer *l)
{
	int64_t v[4];
	int n = node_integers(&w->b->graph, w->node, "pads", -1, v, 4);
	if (n < 0)
		return n == -1 ? 0 : n;
	if (n != 2 * w->n)
		return node_refuse(&w->b->graph, w->node, "'pads' has %d numbers: must be %d", n, 2 * w->n);
	for (int i = 0; i < n; i++)
		if (v[i] < 0 || v[i] > DESCRIPTION_MAX_KERNEL)
			return node_refuse(&w->b->graph, w->node, "'pads' has %" PRId64 ": must be 0 to %d",
					   v[i], DESCRIPTION_MAX_KERNEL);
	l->window.pad_before = (struct yx){w->n == 2 ? (int)v[0] : 0, (int)v[w->n - 1]};
	l->window.pad_after = (struct yx){w->n == 2 ? (int)v[2] : 0, (int)v[2 * w->n - 1]};
	return 0;
}

static int reach(int kernel, int dilation)
{
	return (kernel - 1) * dilation + 1;
}

// SAME: as many positions as strides fit into the input; the odd element of padding lies behind (UPPER) or
// before (LOWER).
static void pad_same(int in, int kernel, int stride, bool upper, int *before, int *after)
{
	int out = (in + stride - 1) / stride;
	int pad = (out - 1) * stride + kernel - in;
	pad = pad > 0 ? pad : 0;
	*before = upper ? pad / 2 : (pad + 1) / 2;
	*after = pad - *before;
}

static int read_padding(const struct window_node *w, struct layer *l)
{
	bool upper = node_string_is(w->node, "auto_pad", "SAME_UPPER", "NOTSET");
	if (node_string_is(w->node, "auto_pad", "NOTSET", "NOTSET"))
		return read_pads(w, l);
	if (node_string_is(w->node, "auto_pad", "VALID", "NOTSET"))
		return 0;
	if (!upper && !node_string_is(w->node, "auto_pad", "SAME_LOWER", "NOTSET"))
		return node_refuse(&w->b->graph, w->node,
				   "its auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER");
	struct window *at = &l->window;
	pad_same(l->in.height, reach(at->kernel.y, at->dilation.y), at->stride.y, upper, &at->pad_before.y,
		 &at->pad_after.y);
	pad_same(l->in.width, reach(at->kernel.x, at->dilation.x), at->stride.x, upper, &at->pad_before.x,
		 &at->pad_after.x);
	return 0;
}

// Positions along one side; ceil_mode adds padding behind so that what is left over makes one more.
static int positions(int in, int before, int *after, int kernel, int stride, bool ceil_mode)
{
	int room = in + before + *after - kernel;
	if (room < 0)
		return 0;
	int n = room / stride + 1, left = room % stride;
	if (ceil_mode && left && n * stride < in + before) { // a window must begin within the input
		*after += stride - left;
		n++;
	}
	return n;
}

static int size_window(const struct window_node *w, struct layer *l)
{
	bool ceil_mode = node_int(w->node, "ceil_mode", 0) != 0;
	struct window *at = &l->window;
	struct yx k = {reach(at->kernel.y, at->dilation.y), reach(at->kernel.x, at->dilation.x)};
	struct yx before = at->pad_before, after = at->pad_after;
	l->out.height = positions(l->in.height, before.y, &at->pad_after.y, k.y, at->stride.y, ceil_mode);
	l->out.width = positions(l->in.width, before.x, &at->pad_after.x, k.x, at->stride.x, ceil_mode);
	if (l->out.height == 0 || l->out.width == 0)
		return node_refuse(&w->b->graph, w->node,
				   "its kernel of %dx%d does not fit into the padded input of %dx%d", k.y,
				   k.x, l->in.height + before.y + at->pad_after.y,
				   l->in.width + before.x + at->pad_after.x);
	if (before.y >= k.y || at->pad_after.y >= k.y || before.x >= k.x || at->pad_after.x >= k.x)
		return node_refuse(&w->b->graph, w->node,
				   "its padding must be smaller than its kernel of %dx%d", k.y, k.x);
	bool counts = l->kind == LAYER_POOL_AVERAGE && l->pool_average.count_padding;
	if (counts && (after.y != at->pad_after.y || after.x != at->pad_after.x))
		return node_refuse(&w->b->graph, w->node,
				   "ceil_mode together with count_include_pad is not supported");
	return 0;
}

const struct value *read_image(const struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_tensor(&b->graph, node, 0);
	if (!v)
		return NULL;
	char sides[128];
	if (v->view.rank == 3 || v->view.rank == 4) {
		struct view usual = view_usual(v->view.size, v->view.rank);
		if (view_equal(&usual, &v->view))
			return v;
	}
	node_refuse(&b->graph, node, "its input %s must be batch x channels x rows x columns, in this order",
		    view_format(&v->view, sides, sizeof(sides)));
	return NULL;
}

int read_window(struct builder *b, const Onnx__NodeProto *node, const struct value *v, struct layer *l)
{
	struct window_node w = {b, node, v->view.rank - 2};
	struct shape in = builder_shape(b, v->layer);
	l->in = in;
	int r = l->window.kernel.y ? 0 : read_pair(&w, "kernel_shape", 1, 0, &l->window.kernel);
	if (r == 0 && l->window.kernel.x == 0)
		return node_refuse(&b->graph, node, "it has no kernel_shape");
	r = r < 0 ? r : read_pair(&w, "strides", 1, 1, &l->window.stride);
	r = r < 0 ? r : read_pair(&w, "dilations", 1, 1, &l->window.dilation);
	r = r < 0 ? r : read_padding(&w, l);
	r = r < 0 ? r : size_window(&w, l);
	if (r == 0)
		fold_padding(b, v, l);
	return r;
}

// ONNX: [out][in / groups][rows][columns]; ours: [rows][columns][in / groups][out], and of a depthwise layer
// [rows][columns][channels], which is the same with one input channel a group.
static float *permute_kernel(const struct constant *c, const struct layer *l, int in_channels)
{
	int64_t taps = (int64_t)l->window.kernel.y * l->window.kernel.x, i = 0;
	float *weight = malloc(sizeof(float) * (size_t)(c->values + 1));
	for (int o = 0; weight && o < l->out.channels; o++)
		for (int k = 0; k < in_channels; k++)
			for (int64_t t = 0; t < taps; t++, i++)
				weight[(t * in_channels + k) * l->out.channels + o] =
				    (float)constant_real(c, i);
	return weight;
}

static int check_kernel(struct builder *b, const Onnx__NodeProto *node, const struct constant *c,
			const struct layer *l, int64_t groups, int rank)
{
	if (c->rank != rank)
		return node_refuse(&b->graph, node, "its weight has %d dimensions: must be %d, as its input",
				   c->rank, rank);
	for (int i = 0; i < rank; i++)
		if (c->dims[i] == 0)
			return node_refuse(&b->graph, node,
					   "dimension %d of its weight has 0 elements: must have 1 at least",
					   i);
	if (c->dims[0] > DESCRIPTION_MAX_SIDE)
		return node_refuse(&b->graph, node, "it makes %" PRId64 " channels: at most %d", c->dims[0],
				   DESCRIPTION_MAX_SIDE);
	if (groups < 1 || groups > l->in.channels || l->in.channels % groups || c->dims[0] % groups)
		return node_refuse(&b->graph, node,
				   "%" PRId64 " groups do not divide %d input and %" PRId64
				   " output channels",
				   groups, l->in.channels, c->dims[0]);
	if (c->dims[1] != l->in.channels / groups)
		return node_refuse(&b->graph, node,
				   "its weight reads %" PRId64
				   " channels a group: its input has %d in %" PRId64 " groups",
				   c->dims[1], l->in.channels, groups);
	for (int i = 2; i < rank; i++)
		if (c->dims[i] > DESCRIPTION_MAX_KERNEL)
			return node_refuse(&b->graph, node,
					   "its kernel has a side of %" PRId64 ": at most %d", c->dims[i],
					   DESCRIPTION_MAX_KERNEL);
	return 0;
}

static int read_bias(struct builder *b, const Onnx__NodeProto *node, struct built_layer *l)
{
	l->layer.bias_kind = BIAS_NONE;
	if (!node_input(&b->graph, node, 2))
		return 0;
	const struct constant *c = node_constant(&b->graph, node, 2, "bias");
	if (!c)
		return -EINVAL;
	int n = l->layer.out.channels;
	if (c->values != n)
		return node_refuse(&b->graph, node, "its bias has %" PRId64 " values: must be %d", c->values,
				   n);
	l->bias = malloc(sizeof(float) * (size_t)n);
	for (int i = 0; l->bias && i < n; i++)
		l->bias[i] = (float)constant_real(c, i);
	l->layer.bias_kind = BIAS_PLAIN;
	return l->bias ? 0 : err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
}

// kernel_shape may repeat what the weight says.
static int check_kernel_shape(const struct builder *b, const Onnx__NodeProto *node, const struct constant *c)
{
	int64_t sides[2];
	int n = node_integers(&b->graph, node, "kernel_shape", -1, sides, 2);
	if (n == -1)
		return 0;
	if (n < 0)
		return n;
	if (n != c->rank - 2 || memcmp(sides, c->dims + 2, sizeof(*sides) * (size_t)n) != 0)
		return node_refuse(&b->graph, node, "its kernel_shape differs from its weight's");
	return 0;
}

int read_conv(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = read_image(b, node);
	const struct constant *c = v ? node_constant(&b->graph, node, 1, "weight") : NULL;
	if (!c)
		return -EINVAL;
	struct built_layer l = {
	    .layer = {.kind = LAYER_CONV, .conv = {.groups = 1}, .n_inputs = 1, .input = {v->layer}}};
	int64_t groups = node_int(node, "group", 1);
	l.layer.in = builder_shape(b, v->layer);
	int r = check_kernel(b, node, c, &l.layer, groups, v->view.rank);
	r = r < 0 ? r : check_kernel_shape(b, node, c);
	if (r < 0)
		return r;
	l.layer.out.channels = (int)c->dims[0];
	l.layer.conv.groups = (int)groups;
	l.layer.window.kernel = (struct yx){c->rank == 4 ? (int)c->dims[2] : 1, (int)c->dims[c->rank - 1]};
	r = read_window(b, node, v, &l.layer);
	r = r < 0 ? r : read_bias(b, node, &l);
	if (r < 0)
		return r;
	if (groups == l.layer.in.channels && groups == l.layer.out.channels && groups > 1)
		l.layer.kind = LAYER_DEPTHWISE;
	l.weight = permute_kernel(c, &l.layer, (int)c->dims[1]);
	if (!l.weight) {
		free(l.bias);
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	}
	int size[N_AXES];
	builder_sizes(b, l.layer.out, size);
	struct view view = view_usual(size, v->view.rank);
	return builder_add(b, &l, &view, node_output(&b->graph, node), node);
}
