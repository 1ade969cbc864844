// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/view_private.h"

#include <stdio.h>
#include <string.h>

static int elements(const struct view *v, enum axis axis)
{
	return v->size[axis] == OPEN_BATCH ? 1 : v->size[axis];
}

struct view view_make(const int size[N_AXES], const enum axis *order, int rank)
{
	struct view v = {.rank = rank};
	memcpy(v.size, size, sizeof(v.size));
	for (int i = 0; i < rank; i++)
		if (size[order[i]] != 1)
			v.dim[i] = (struct view_dim){1, {order[i]}};
	return v;
}

struct view view_usual(const int size[N_AXES], int rank)
{
	static const enum axis orders[][4] = {
	    {AXIS_C}, {AXIS_N, AXIS_C}, {AXIS_N, AXIS_C, AXIS_W}, {AXIS_N, AXIS_C, AXIS_H, AXIS_W}};
	return view_make(size, orders[rank - 1], rank);
}

int64_t view_side(const struct view *v, int dim)
{
	int64_t side = 1;
	for (int i = 0; i < v->dim[dim].n; i++)
		side *= elements(v, v->dim[dim].axis[i]);
	return side;
}

bool view_is_open(const struct view *v, int dim)
{
	for (int i = 0; v->size[AXIS_N] == OPEN_BATCH && i < v->dim[dim].n; i++)
		if (v->dim[dim].axis[i] == AXIS_N)
			return true;
	return false;
}

bool view_is_batch_alone(const struct view *v, int dim)
{
	return v->dim[dim].n == 1 && v->dim[dim].axis[0] == AXIS_N;
}

static bool dims_equal(const struct view_dim *a, const struct view_dim *b)
{
	return a->n == b->n && memcmp(a->axis, b->axis, sizeof(a->axis[0]) * (size_t)a->n) == 0;
}

bool view_equal(const struct view *a, const struct view *b)
{
	bool equal = a->rank == b->rank && memcmp(a->size, b->size, sizeof(a->size)) == 0;
	for (int i = 0; equal && i < a->rank; i++)
		equal = dims_equal(&a->dim[i], &b->dim[i]);
	return equal;
}

bool view_is_channels(const struct view *v, int dim)
{
	const struct view_dim *d = &v->dim[dim];
	return d->n == 1 && d->axis[0] == AXIS_C;
}

// An open batch belongs to the first dimension that comes to it, whatever its side.
static bool takes_batch(const struct view *v, const struct view_dim *d, enum axis next, bool is_last)
{
	return next == AXIS_N && v->size[AXIS_N] == OPEN_BATCH && (d->n == 0 || is_last);
}

bool view_reshape(const struct view *v, const int64_t *sides, int rank, struct view *out)
{
	enum axis axes[N_AXES];
	int n = 0, next = 0;
	for (int i = 0; i < v->rank; i++)
		for (int k = 0; k < v->dim[i].n; k++) {
			if (n == N_AXES)
				return false; // an axis twice
			axes[n++] = v->dim[i].axis[k];
		}
	struct view made = {.rank = rank};
	memcpy(made.size, v->size, sizeof(made.size));
	for (int i = 0; i < rank; i++) {
		int64_t side = 1;
		struct view_dim *d = &made.dim[i];
		while (next < n && (side < sides[i] || takes_batch(v, d, axes[next], i == rank - 1))) {
			side *= elements(v, axes[next]);
			d->axis[d->n++] = axes[next++];
		}
		if (side != sides[i])
			return false;
	}
	*out = made;
	return next == n;
}

int64_t view_place(const struct view *v, const struct view_dim *dim, int64_t i)
{
	int64_t at[N_AXES] = {0};
	for (int k = dim->n - 1; k >= 0; k--) {
		at[dim->axis[k]] = i % v->size[dim->axis[k]];
		i /= v->size[dim->axis[k]];
	}
	return (at[AXIS_H] * v->size[AXIS_W] + at[AXIS_W]) * v->size[AXIS_C] + at[AXIS_C];
}

const char *view_format(const struct view *v, char *buf, size_t size)
{
	size_t n = 0;
	*buf = '\0';
	for (int i = 0; i < v->rank && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%lld", i ? "x" : "", (long long)view_side(v, i));
	return buf;
}

const char *view_axes(const struct view *v, char *buf, size_t size)
{
	size_t n = 0;
	*buf = '\0';
	for (int i = 0; i < v->rank && n < size; i++) {
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "," : "", v->dim[i].n ? "" : "-");
		for (int k = 0; k < v->dim[i].n && n < size; k++)
			n += (size_t)snprintf(buf + n, size - n, "%c", "NCHW"[v->dim[i].axis[k]]);
	}
	return buf;
}
