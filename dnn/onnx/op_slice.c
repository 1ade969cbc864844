// SPDX-License-Identifier: BSD-3-Clause
// Slice and Split: runs of channels or rows of a tensor, any elements of a constant.
#include <errno.h>
#include <inttypes.h>

#include "dnn/onnx/fold_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

// A run of one dimension as a layer of its own: `count` of its elements from `first` on.
static int add_slice(struct builder *b, const Onnx__NodeProto *node, const struct value *v, int dim,
		     const struct range *range, struct value *out)
{
	const struct view_dim *d = &v->view.dim[dim];
	bool is_channels = view_is_channels(&v->view, dim), is_rows = d->n == 1 && d->axis[0] == AXIS_H;
	if (range->step != 1 || range->count < 1 || (!is_channels && !is_rows))
		return node_refuse(
		    &b->graph, node,
		    "it takes %" PRId64 " elements, step %" PRId64
		    ", of dimension %d: of a tensor only runs of channels or of rows can be taken",
		    range->count, range->step, dim);
	struct built_layer l = {
	    .layer = {.kind = LAYER_SLICE, .slice = {0}, .n_inputs = 1, .input = {v->layer}}};
	l.layer.in = l.layer.out = builder_shape(b, v->layer);
	*(is_channels ? &l.layer.slice.first_channel : &l.layer.slice.first_row) = (int)range->first;
	*(is_channels ? &l.layer.out.channels : &l.layer.out.height) = (int)range->count;
	struct view view = v->view;
	view.size[d->axis[0]] = (int)range->count;
	if (range->count == 1)
		view.dim[dim].n = 0;
	return builder_add(b, &l, &view, out, node);
}

// Layers for all dimensions of which not everything is taken; the last one makes `out`.
static int slice_tensor(struct builder *b, const Onnx__NodeProto *node, const struct range *ranges)
{
	const struct value *v = node_input(&b->graph, node, 0);
	struct value between = *v, *out = node_output(&b->graph, node);
	int last = -1, r = 0;
	for (int i = 0; i < v->view.rank; i++)
		if (ranges[i].count != view_side(&v->view, i) || ranges[i].step < 0)
			last = i;
	if (last < 0)
		return read_identity(b, node);
	for (int i = 0; r == 0 && i <= last; i++) {
		if (ranges[i].count == view_side(&between.view, i) && ranges[i].step > 0)
			continue;
		struct value made = {.uses = 1};
		r = add_slice(b, node, &between, i, &ranges[i], i == last ? out : &made);
		between = made;
	}
	return r;
}

static int64_t limit(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

// As Python's start:end:step of `side` elements.
static struct range range_of(int64_t start, int64_t end, int64_t step, int64_t side)
{
	int64_t low = step > 0 ? 0 : -1, high = step > 0 ? side : side - 1;
	start = start < -side ? low : start < 0 ? start + side : start;
	end = end < -side ? low : end < 0 ? end + side : end;
	start = limit(start, low, high);
	end = limit(end, low, high);
	int64_t way = step > 0 ? end - start : start - end;
	uint64_t pace = step > 0 ? (uint64_t)step : -(uint64_t)step;
	int64_t count = way > 0 ? (int64_t)(((uint64_t)way - 1) / pace) + 1 : 0;
	return (struct range){start, count, step};
}

struct slice {
	int64_t start[ONNX_MAX_RANK], end[ONNX_MAX_RANK], axis[ONNX_MAX_RANK], step[ONNX_MAX_RANK];
	int n;
};

// Numbers that may be left out: then number i is i (axes) or 1 (steps).
static int read_optional(const struct builder *b, const Onnx__NodeProto *node, const char *name, int input,
			 int n, bool counts, int64_t *out)
{
	int given = node_integers(&b->graph, node, name, input, out, ONNX_MAX_RANK);
	for (int i = 0; given == -1 && i < n; i++)
		out[i] = counts ? i : 1;
	if (given < -1 || given == -1 || given == n)
		return given < -1 ? given : 0;
	return node_refuse(&b->graph, node, "'%s' has %d numbers: must be %d, as 'starts'", name, given, n);
}

static int read_slice_inputs(const struct builder *b, const Onnx__NodeProto *node, struct slice *s)
{
	s->n = node_integers(&b->graph, node, "starts", 1, s->start, ONNX_MAX_RANK);
	int ends = s->n < 0 ? s->n : node_integers(&b->graph, node, "ends", 2, s->end, ONNX_MAX_RANK);
	if (ends < -1)
		return ends;
	if (ends != s->n || s->n < 0)
		return node_refuse(&b->graph, node, "it must have as many starts as ends");
	int r = read_optional(b, node, "axes", 3, s->n, true, s->axis);
	return r < 0 ? r : read_optional(b, node, "steps", 4, s->n, false, s->step);
}

int read_slice(struct builder *b, const Onnx__NodeProto *node)
{
	struct slice s;
	struct range ranges[ONNX_MAX_RANK] = {{0}};
	bool is_named[ONNX_MAX_RANK] = {false};
	const struct value *v = node_input(&b->graph, node, 0);
	if (!v || !v->is_constant)
		v = node_tensor(&b->graph, node, 0);
	int r = v ? read_slice_inputs(b, node, &s) : -EINVAL;
	if (r < 0)
		return r;
	int rank = v->is_constant ? v->constant.rank : v->view.rank;
	for (int i = 0; i < rank; i++)
		ranges[i] =
		    (struct range){0, v->is_constant ? v->constant.dims[i] : view_side(&v->view, i), 1};
	for (int i = 0; i < s.n; i++) {
		int axis = node_axis(&b->graph, node, s.axis[i], rank);
		if (axis < 0)
			return axis;
		if (s.step[i] == 0 || is_named[axis])
			return node_refuse(&b->graph, node, "its step is 0, or it names axis %d twice", axis);
		is_named[axis] = true;
		if (!v->is_constant && view_is_open(&v->view, axis) &&
		    (s.start[i] != 0 || s.end[i] < INT32_MAX || s.step[i] != 1))
			return node_refuse(&b->graph, node,
					   "it takes a part of the batch: it must stay whole");
		ranges[axis] = range_of(s.start[i], s.end[i], s.step[i], ranges[axis].count);
	}
	if (v->is_constant)
		return fold_ranges(b, node, &v->constant, ranges, node_output(&b->graph, node));
	return slice_tensor(b, node, ranges);
}

// Sizes of the parts: given, or equal, where the last one may be smaller (since opset 18).
static int read_parts(const struct builder *b, const Onnx__NodeProto *node, int64_t side, int64_t *parts,
		      int limit_parts)
{
	int64_t n_output = (int64_t)node->n_output, sum = 0;
	int n = node_integers(&b->graph, node, "split", 1, parts, limit_parts);
	if (n < -1)
		return n;
	for (int i = 0; n == -1 && i < n_output; i++) {
		int64_t equal = (side + n_output - 1) / n_output, left = side - i * equal;
		parts[i] = left < 0 ? 0 : left < equal ? left : equal;
	}
	bool fits = n == -1 || n == n_output;
	for (int i = 0; fits && i < n_output; i++)
		fits = parts[i] >= 0 && !__builtin_add_overflow(sum, parts[i], &sum);
	bool is_equal = n != -1 || b->graph.opset >= 18 || side % n_output == 0;
	return fits && sum == side && is_equal
		   ? 0
		   : node_refuse(&b->graph, node, "its %d parts do not make up %" PRId64 " elements",
				 (int)n_output, side);
}

static int split_part(struct builder *b, const Onnx__NodeProto *node, const struct value *v, int axis,
		      const struct range *part, struct value *out)
{
	struct range ranges[ONNX_MAX_RANK] = {{0}};
	if (!v->is_constant)
		return add_slice(b, node, v, axis, part, out);
	for (int i = 0; i < v->constant.rank; i++)
		ranges[i] = i == axis ? *part : (struct range){0, v->constant.dims[i], 1};
	return fold_ranges(b, node, &v->constant, ranges, out);
}

int read_split(struct builder *b, const Onnx__NodeProto *node)
{
	enum { MAX_PARTS = 64 };
	int64_t parts[MAX_PARTS];
	const struct value *v = node_input(&b->graph, node, 0);
	if (!v || !v->is_constant)
		v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	if (node->n_output < 1 || node->n_output > MAX_PARTS)
		return node_refuse(&b->graph, node, "it has %zu parts: must be 1 to %d", node->n_output,
				   MAX_PARTS);
	int axis = node_axis(&b->graph, node, node_int(node, "axis", 0),
			     v->is_constant ? v->constant.rank : v->view.rank);
	if (axis < 0)
		return axis;
	int64_t side = v->is_constant ? v->constant.dims[axis] : view_side(&v->view, axis);
	int r = read_parts(b, node, side, parts, MAX_PARTS);
	struct range part = {0, 0, 1};
	for (size_t i = 0; r == 0 && i < node->n_output; i++) {
		struct value *out = graph_find(&b->graph, node->output[i]);
		part.count = parts[i];
		if (out && out->is_needed)
			r = split_part(b, node, v, axis, &part, out);
		part.first += part.count;
	}
	return r;
}
