// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "dnn/onnx/compute_private.h"
#include "dnn/onnx/node_private.h"

enum { MAX_TERMS = 64 }; // of a product, for each value that may be computed

enum reduction { SUM, MEAN, PRODUCT, MOST, LEAST, ABSOLUTE, SQUARES, NORM };

static const struct {
	const char *name;
	enum reduction how;
} reductions[] = {{"ReduceSum", SUM},		{"ReduceMean", MEAN}, {"ReduceProd", PRODUCT},
		  {"ReduceMax", MOST},		{"ReduceMin", LEAST}, {"ReduceL1", ABSOLUTE},
		  {"ReduceSumSquare", SQUARES}, {"ReduceL2", NORM}};

static enum reduction find(const char *name)
{
	size_t i = 0;
	while (strcmp(reductions[i].name, name) != 0)
		i++;
	return reductions[i].how;
}

static double first(enum reduction how)
{
	return how == PRODUCT ? 1 : how == MOST ? -INFINITY : how == LEAST ? INFINITY : 0;
}

static double join(enum reduction how, double sum, double x)
{
	switch (how) {
	case SUM:
	case MEAN:
		return sum + x;
	case PRODUCT:
		return sum * x;
	case MOST:
		return fmax(sum, x);
	case LEAST:
		return fmin(sum, x);
	case ABSOLUTE:
		return sum + fabs(x);
	case SQUARES:
	case NORM:
		return sum + x * x;
	}
	return sum;
}

// The dimensions that go; without axes all do, or none where the node says so.
static int read_axes(const struct builder *b, const Onnx__NodeProto *node, int rank, bool *goes)
{
	int64_t axes[ONNX_MAX_RANK];
	int n = node_integers(&b->graph, node, "axes", 1, axes, ONNX_MAX_RANK);
	if (n < -1)
		return n;
	bool all = n <= 0 && !node_int(node, "noop_with_empty_axes", 0);
	for (int i = 0; i < rank; i++)
		goes[i] = all;
	for (int i = 0; i < n; i++) {
		int axis = node_axis(&b->graph, node, axes[i], rank);
		if (axis < 0)
			return axis;
		goes[axis] = true;
	}
	return 0;
}

struct reduced {
	const struct constant *from;
	bool goes[ONNX_MAX_RANK];
	double *sum;  // [values]
	int64_t part; // values that each result comes of
};

static int64_t place_of(const struct reduced *r, int64_t i)
{
	int64_t place = 0, pitch = 1;
	for (int k = r->from->rank - 1; k >= 0; k--) {
		int64_t at = i % r->from->dims[k];
		i /= r->from->dims[k];
		place += r->goes[k] ? 0 : at * pitch;
		pitch *= r->goes[k] ? 1 : r->from->dims[k];
	}
	return place;
}

static int finish(struct fold *f, const struct reduced *r, enum reduction how)
{
	for (int64_t i = 0; i < f->made.values; i++) {
		double x = how == MEAN	 ? r->sum[i] / (double)r->part
			   : how == NORM ? sqrt(r->sum[i])
					 : r->sum[i];
		if (f->floats)
			f->floats[i] = (float)x;
		else if (fabs(x) <= 9007199254740992.0) // 2^53
			f->integers[i] = (int64_t)x;
		else
			return node_refuse(&f->b->graph, f->node,
					   "it comes to %g, which is no whole number of 53 bits", x);
	}
	fold_bind(f, node_output(&f->b->graph, f->node));
	return 0;
}

int compute_reduce(struct builder *b, const Onnx__NodeProto *node)
{
	enum reduction how = find(node->op_type);
	struct reduced r = {.from = &node_input(&b->graph, node, 0)->constant, .part = 1};
	int64_t dims[ONNX_MAX_RANK];
	int rank = 0;
	if (constant_has_batch(r.from))
		return node_refuse(&b->graph, node,
				   "its result depends on the batch's size, which the file leaves open");
	int rc = read_axes(b, node, r.from->rank, r.goes);
	for (int i = 0; i < r.from->rank; i++) {
		r.part *= r.goes[i] ? r.from->dims[i] : 1;
		if (!r.goes[i] || node_int(node, "keepdims", 1))
			dims[rank++] = r.goes[i] ? 1 : r.from->dims[i];
	}
	struct fold f;
	rc = rc < 0 ? rc : fold_begin(&f, b, node, r.from->is_integer, rank, dims);
	if (rc < 0)
		return rc;
	r.sum = builder_compute(b, node, f.made.values, sizeof(double));
	if (!r.sum)
		return -EINVAL;
	for (int64_t i = 0; i < f.made.values; i++)
		r.sum[i] = first(how);
	for (int64_t i = 0; i < r.from->values; i++) {
		double *sum = &r.sum[place_of(&r, i)];
		*sum = join(how, *sum, constant_real(r.from, i));
	}
	return finish(&f, &r, how);
}

// [...] x rows x n times [...] x n x columns, what is in front repeated where it is 1. A vector is a row, or
// a column.
int compute_matmul(struct builder *b, const Onnx__NodeProto *node)
{
	struct constant x = node_input(&b->graph, node, 0)->constant,
			y = node_input(&b->graph, node, 1)->constant;
	bool is_row = x.rank == 1, is_column = y.rank == 1;
	if (x.rank == 0 || y.rank == 0 || x.is_integer || y.is_integer)
		return node_refuse(&b->graph, node, "it multiplies single or whole numbers");
	if (is_row) {
		x.dims[1] = x.dims[0];
		x.dims[0] = 1;
		x.rank = 2;
	}
	if (is_column) {
		y.dims[1] = 1;
		y.rank = 2;
	}
	int64_t rows = x.dims[x.rank - 2], n = x.dims[x.rank - 1], columns = y.dims[y.rank - 1];
	if (y.dims[y.rank - 2] != n)
		return node_refuse(&b->graph, node, "it multiplies %" PRId64 " columns by %" PRId64 " rows",
				   n, y.dims[y.rank - 2]);
	struct constant outer_x = {.rank = x.rank - 2}, outer_y = {.rank = y.rank - 2};
	memcpy(outer_x.dims, x.dims, sizeof(x.dims));
	memcpy(outer_y.dims, y.dims, sizeof(y.dims));
	int rank = 0;
	int64_t dims[ONNX_MAX_RANK];
	int r = fold_join_sides(b, node, &outer_x, &rank, dims);
	r = r < 0 ? r : fold_join_sides(b, node, &outer_y, &rank, dims);
	if (r < 0)
		return r;
	int outer_rank = rank;
	if (!is_row)
		dims[rank++] = rows;
	if (!is_column)
		dims[rank++] = columns;
	struct fold f;
	r = fold_begin(&f, b, node, false, rank, dims);
	if (r == 0 && n > 0 && f.made.values > MAX_TERMS * b->most_computed / n)
		r = node_refuse(&b->graph, node, "its product has too many terms to be computed on import");
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		int64_t o = i / (rows * columns), row = i / columns % rows, column = i % columns;
		int64_t at_x = fold_broadcast_place(&outer_x, outer_rank, dims, o) * rows * n + row * n;
		int64_t at_y = fold_broadcast_place(&outer_y, outer_rank, dims, o) * n * columns + column;
		double sum = 0;
		for (int64_t k = 0; k < n; k++)
			sum += constant_real(&x, at_x + k) * constant_real(&y, at_y + k * columns);
		f.floats[i] = (float)sum;
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}
