// SPDX-License-Identifier: BSD-3-Clause
// What exporters compute sides with: the shape of a tensor, and constants picked, made or converted.
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "dnn/onnx/fold_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

// A place in 0..rank, as Python counts: from the end where negative, too large is the end.
static int clamp_place(int64_t place, int rank)
{
	if (place < -rank)
		return 0;
	if (place < 0)
		return (int)(place + rank);
	return (int)(place > rank ? rank : place);
}

int read_shape(struct builder *b, const Onnx__NodeProto *node)
{
	const struct value *v = node_input(&b->graph, node, 0);
	if (!v || !v->is_constant)
		v = node_tensor(&b->graph, node, 0);
	if (!v)
		return -EINVAL;
	int rank = v->is_constant ? v->constant.rank : v->view.rank;
	int start = clamp_place(node_int(node, "start", 0), rank);
	int end = clamp_place(node_int(node, "end", rank), rank);
	struct fold f;
	int64_t n = end > start ? end - start : 0;
	int r = fold_begin(&f, b, node, true, 1, &n);
	for (int i = 0; r == 0 && i < n; i++) {
		f.integers[i] = v->is_constant ? v->constant.dims[start + i] : view_side(&v->view, start + i);
		f.of_batch[i] = !v->is_constant && view_is_open(&v->view, start + i);
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

// data's elements at indices along the axis: the sides of data, with those of indices in place of the axis.
static int gather(struct builder *b, const Onnx__NodeProto *node, const struct constant *data,
		  const struct constant *indices, int axis)
{
	int64_t dims[2 * ONNX_MAX_RANK], side = data->dims[axis];
	int rank = 0;
	for (int i = 0; i < axis; i++)
		dims[rank++] = data->dims[i];
	for (int i = 0; i < indices->rank; i++)
		dims[rank++] = indices->dims[i];
	for (int i = axis + 1; i < data->rank; i++)
		dims[rank++] = data->dims[i];
	struct fold f;
	int r = fold_begin(&f, b, node, data->is_integer, rank, dims);
	if (r < 0 || f.made.values == 0) {
		if (r == 0)
			fold_bind(&f, node_output(&b->graph, node));
		return r;
	}
	int64_t outer = sides_product(data->dims, 0, axis),
		inner = sides_product(data->dims, axis + 1, data->rank), to = 0;
	for (int64_t o = 0; o < outer; o++)
		for (int64_t k = 0; k < indices->values; k++) {
			int64_t at = constant_integer(indices, k);
			if (at < -side || at >= side)
				return node_refuse(&b->graph, node,
						   "it picks element %" PRId64 " of %" PRId64, at, side);
			at += at < 0 ? side : 0;
			for (int64_t i = 0; i < inner; i++)
				fold_copy(&f, to++, data, (o * side + at) * inner + i);
		}
	fold_bind(&f, node_output(&b->graph, node));
	return 0;
}

int read_gather(struct builder *b, const Onnx__NodeProto *node)
{
	if (!fold_inputs(b, node, 2))
		return node_refuse(
		    &b->graph, node,
		    "it picks of a tensor that depends on the network's input: only constants and "
		    "sides of shapes are picked; a run of channels or rows is Slice's or Split's");
	const struct constant *data = &node_input(&b->graph, node, 0)->constant;
	const struct constant *indices = &node_input(&b->graph, node, 1)->constant;
	if (!indices->is_integer || constant_has_batch(indices))
		return node_refuse(&b->graph, node, "its indices must be whole numbers that are known");
	int axis = node_axis(&b->graph, node, node_int(node, "axis", 0), data->rank);
	return axis < 0 ? axis : gather(b, node, data, indices, axis);
}

// Types of whole numbers and what fits into them.
static const struct whole_type {
	int64_t type, least, most;
} whole_types[] = {
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT64, INT64_MIN, INT64_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT32, INT32_MIN, INT32_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT16, INT16_MIN, INT16_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT8, INT8_MIN, INT8_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT16, 0, UINT16_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, 0, UINT8_MAX},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, 0, 1}, // everything but 0 becomes 1
};

static const struct whole_type *find_whole_type(int64_t type)
{
	for (size_t i = 0; i < sizeof(whole_types) / sizeof(whole_types[0]); i++)
		if (whole_types[i].type == type)
			return &whole_types[i];
	return NULL;
}

static bool is_whole_type(int64_t type)
{
	return find_whole_type(type) != NULL;
}

static bool is_real_type(int64_t type)
{
	return type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT || type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
}

#define MOST_INTEGER 9223372036854775808.0 // 2^63

// Towards zero, as C does; refused is what no number of the type is.
static int cast_value(struct fold *f, int64_t i, const struct constant *from, int64_t type)
{
	double x = constant_real(from, i);
	const struct whole_type *whole = find_whole_type(type);
	if (!f->integers) {
		f->floats[i] = (float)x;
		return 0;
	}
	if (whole->type == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL)
		f->integers[i] = x != 0;
	else if (from->is_integer)
		fold_copy(f, i, from, i);
	else if (fabs(x) < MOST_INTEGER)
		f->integers[i] = (int64_t)x;
	else
		return node_refuse(&f->b->graph, f->node, "%g does not fit into its type", x);
	if (f->integers[i] < whole->least || f->integers[i] > whole->most)
		return node_refuse(&f->b->graph, f->node, "%" PRId64 " does not fit into its type",
				   f->integers[i]);
	return 0;
}

static int cast_constant(struct builder *b, const Onnx__NodeProto *node, const struct constant *from,
			 int64_t type)
{
	bool to_integer = is_whole_type(type);
	if (!to_integer && constant_has_batch(from))
		return node_refuse(&b->graph, node,
				   "its result depends on the batch's size, which the file leaves open");
	struct fold f;
	int r = fold_begin(&f, b, node, to_integer, from->rank, from->dims);
	for (int64_t i = 0; r == 0 && i < from->values; i++)
		r = cast_value(&f, i, from, type);
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

int read_cast(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t type = node_int(node, "to", 0);
	if (fold_inputs(b, node, 1) && (is_whole_type(type) || is_real_type(type)))
		return cast_constant(b, node, &node_input(&b->graph, node, 0)->constant, type);
	if (type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
		return read_identity(b, node);
	return node_refuse(&b->graph, node,
			   "it converts to ONNX's data type %" PRId64
			   ": tensors stay float, constants become float, double, bool or whole",
			   type);
}

int read_constant_of_shape(struct builder *b, const Onnx__NodeProto *node)
{
	int64_t dims[ONNX_MAX_RANK];
	float zero = 0;
	struct constant fill;
	const Onnx__AttributeProto *a = node_attribute(node, "value");
	int rank = node_integers(&b->graph, node, "shape", 0, dims, ONNX_MAX_RANK), r = 0;
	if (rank < 0)
		return rank == -1 ? node_refuse(&b->graph, node, "it has no shape") : rank;
	if (a)
		r = constant_from_tensor(&fill, a->t, b->graph.where, b->graph.err);
	else
		constant_from_floats(&fill, &zero, 1, true);
	if (r == 0 && fill.values != 1)
		r = node_refuse(&b->graph, node, "its value must be one number");
	struct fold f;
	r = r < 0 ? r : fold_begin(&f, b, node, fill.is_integer, rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++)
		fold_copy(&f, i, &fill, 0);
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}
