// SPDX-License-Identifier: BSD-3-Clause
// Pad with zeros. A convolution or a pool behind it that can pad by itself does (builder_unpadded); for any
// other reader it is a depthwise layer with a single one in its kernel, whose padding does it: with P rows
// more in all, a kernel of P + 1 rows, padded by P on both sides, makes in + P rows, and the tap at P -
// before shifts them.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dnn/layers/activations.h"
#include "dnn/layers/window.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

enum { MAX_PAD = DESCRIPTION_MAX_KERNEL - 1 };

struct padding {
	struct yx before, after;
};

static int check_value(struct builder *b, const Onnx__NodeProto *node)
{
	double value = (double)node_float(node, "value", 0);
	if (node_input(&b->graph, node, 2)) {
		const struct constant *c = node_constant(&b->graph, node, 2, "constant_value");
		if (!c)
			return -EINVAL;
		if (!constant_scalar(c, &value))
			return node_refuse(&b->graph, node, "its constant_value must be one number");
	}
	if (!node_string_is(node, "mode", "constant", "constant") || value != 0)
		return node_refuse(
		    &b->graph, node,
		    "it pads with edges, reflections or %g: only zeros are supported (mode constant, "
		    "constant_value 0)",
		    value);
	return 0;
}

// What of the pads is rows and columns; refuses all else.
static int sort_pads(const struct builder *b, const Onnx__NodeProto *node, const struct view *view,
		     const int64_t *pads, struct padding *out)
{
	*out = (struct padding){0};
	for (int i = 0; i < view->rank; i++) {
		int64_t before = pads[i], after = pads[view->rank + i];
		if (before == 0 && after == 0)
			continue;
		if (i < 2 || before < 0 || after < 0 || before > MAX_PAD || after > MAX_PAD ||
		    before + after > MAX_PAD)
			return node_refuse(
			    &b->graph, node,
			    "it pads dimension %d by %" PRId64 " and %" PRId64
			    ": only rows and columns can be padded, by 0 to %d in all (to cut, use Slice)",
			    i, before, after, MAX_PAD);
		bool is_columns = i == view->rank - 1;
		*(is_columns ? &out->before.x : &out->before.y) = (int)before;
		*(is_columns ? &out->after.x : &out->after.y) = (int)after;
	}
	return 0;
}

static int add_padding(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		       const struct padding *p)
{
	struct shape in = builder_shape(b, v->layer), out = in;
	struct yx all = {p->before.y + p->after.y, p->before.x + p->after.x};
	struct yx kernel = {all.y + 1, all.x + 1};
	out.height += all.y;
	out.width += all.x;
	int64_t values = (int64_t)kernel.y * kernel.x * in.channels;
	if (values > b->most_computed - b->n_computed)
		return node_refuse(&b->graph, node, "it pads %d channels by %dx%d, which is too much",
				   in.channels, all.y, all.x);
	b->n_computed += values;
	struct built_layer l = {.layer = {.kind = LAYER_DEPTHWISE,
					  .window = {.kernel = kernel,
						     .stride = {1, 1},
						     .dilation = {1, 1},
						     .pad_before = all,
						     .pad_after = all},
					  .n_inputs = 1,
					  .input = {v->layer},
					  .in = in,
					  .out = out,
					  .bias_kind = BIAS_NONE},
				.weight = calloc((size_t)values, sizeof(float)),
				.is_padding = true,
				.pads_before = p->before,
				.pads_after = p->after};
	if (!l.weight)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	float *tap = l.weight + ((int64_t)p->after.y * kernel.x + p->after.x) * in.channels;
	for (int c = 0; c < in.channels; c++)
		tap[c] = 1;
	int size[N_AXES];
	builder_sizes(b, out, size);
	struct view view = view_usual(size, v->view.rank);
	return builder_add(b, &l, &view, node_output(&b->graph, node), node);
}

int read_pad(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t pads[2 * ONNX_MAX_RANK] = {0};
	struct padding p;
	const struct value *v = read_image(b, node);
	if (!v)
		return -EINVAL;
	int r = check_value(b, node);
	r = r < 0 ? r : node_pads(&b->graph, node, v->view.rank, pads);
	r = r < 0 ? r : sort_pads(b, node, &v->view, pads, &p);
	if (r < 0)
		return r;
	bool is_none = !p.before.y && !p.before.x && !p.after.y && !p.after.x;
	return is_none ? read_identity(b, node) : add_padding(b, node, v, &p);
}

static bool is_never_negative(const struct builder *b, int layer)
{
	return layer >= 0 && activation_row(b->layers[layer].layer.activation)->never_negative;
}

// Whether the kernel's own padding is what a padding with zeros before it comes to. A maximum leaves padding
// out, which is the same beside values that are never negative; an average must count all of it.
static bool pads_alike(const struct builder *b, const struct layer *l, int input)
{
	if (l->kind == LAYER_POOL_MAX)
		return is_never_negative(b, input);
	return l->kind != LAYER_POOL_AVERAGE || l->pool_average.count_padding ||
	       !window_is_padded(&l->window);
}

void fold_padding(const struct builder *b, const struct value *v, struct layer *l)
{
	const struct built_layer *p = v->layer < 0 ? NULL : &b->layers[v->layer];
	if (!b->folds || !p || !p->is_padding || p->generation > 0 || p->is_kept ||
	    !pads_alike(b, l, p->layer.input[0]))
		return;
	struct window *w = &l->window;
	struct yx before = {w->pad_before.y + p->pads_before.y, w->pad_before.x + p->pads_before.x};
	struct yx after = {w->pad_after.y + p->pads_after.y, w->pad_after.x + p->pads_after.x};
	struct yx reach = window_reach(w);
	if (before.y > reach.y || after.y > reach.y || before.x > reach.x || after.x > reach.x)
		return;
	w->pad_before = before;
	w->pad_after = after;
	if (l->kind == LAYER_POOL_AVERAGE)
		l->pool_average.count_padding = true;
	l->input[0] = p->layer.input[0];
	l->in = p->layer.in;
}
