// SPDX-License-Identifier: BSD-3-Clause
// Pools, and means over all rows and columns.
#include <errno.h>

#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

static int add_pool(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		    struct built_layer *l, int rank)
{
	int size[N_AXES];
	l->layer.out.channels = l->layer.in.channels;
	builder_sizes(b, l->layer.out, size);
	struct view view = view_usual(size, rank ? rank : v->view.rank);
	return builder_add(b, l, &view, node_output(&b->graph, node), node);
}

static struct built_layer pool_layer(const struct value *v, enum layer_kind kind)
{
	return (struct built_layer){
	    .layer = {.kind = kind, .window = {.dilation = {1, 1}}, .n_inputs = 1, .input = {v->layer}}};
}

// Its storage_order concerns the indices of maxima alone.
int read_pool(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = read_image(b, node);
	if (!v)
		return -EINVAL;
	struct built_layer l = pool_layer(v, layer_row_of_onnx(node->op_type)->kind);
	if (l.layer.kind == LAYER_POOL_AVERAGE)
		l.layer.pool_average.count_padding = node_int(node, "count_include_pad", 0) != 0;
	int r = read_window(b, node, v, &l.layer);
	if (r == 0 && (l.layer.window.dilation.y > 1 || l.layer.window.dilation.x > 1))
		r = node_refuse(&b->graph, node, "a dilated pool is not supported");
	return r < 0 ? r : add_pool(b, node, v, &l, 0);
}

// One window over everything.
static int add_global_pool(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
			   enum layer_kind kind, int rank)
{
	struct built_layer l = pool_layer(v, kind);
	l.layer.in = builder_shape(b, v->layer);
	l.layer.window.kernel = (struct yx){l.layer.in.height, l.layer.in.width};
	l.layer.window.stride = (struct yx){1, 1};
	l.layer.out.height = l.layer.out.width = 1;
	return add_pool(b, node, v, &l, rank);
}

int read_global_pool(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = read_image(b, node);
	return v ? add_global_pool(b, node, v, layer_row_of_onnx(node->op_type)->kind, 0) : -EINVAL;
}

int read_reduce_mean(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t axes[ONNX_MAX_RANK];
	const struct value *v = read_image(b, node);
	int n = v ? node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK) : -EINVAL;
	if (n < -1)
		return n;
	bool averaged[ONNX_MAX_RANK] = {false};
	for (int i = 0; i < n; i++) {
		int axis = node_axis(&b->graph, node, axes[i], v->view.rank);
		if (axis < 0)
			return axis;
		averaged[axis] = true;
	}
	bool fits = !averaged[0] && !averaged[1];
	for (int i = 2; i < v->view.rank; i++)
		fits &= averaged[i];
	if (!fits)
		return node_refuse(&b->graph, node,
				   "it must take the mean over all rows and columns, and over nothing else");
	return add_global_pool(b, node, v, LAYER_POOL_AVERAGE, node_int(node, "keepdims", 1) ? 0 : 2);
}
