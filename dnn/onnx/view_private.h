// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: how the dimensions that an ONNX graph gives a tensor lie over ours. We keep every tensor
// as rows, columns, channels whatever becomes of its shape; a view says for each ONNX dimension which of the
// axes N (the batch), C, H, W it runs over, outermost first. Transpose, Reshape, Flatten, Squeeze and
// Unsqueeze then only change the view, and whoever reads a flattened tensor knows in which order.
//
// Axes of one element are left out: a dimension of one element has none. Only a batch whose size the file
// leaves open stays, so that it is known where its elements lie.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "dnn/onnx/constant_private.h"

enum axis { AXIS_N, AXIS_C, AXIS_H, AXIS_W, N_AXES };

enum { OPEN_BATCH = -1 }; // as the size of AXIS_N: counts as one element

struct view_dim {
	int n;
	enum axis axis[N_AXES];
};

struct view {
	int size[N_AXES]; // elements
	int rank;
	struct view_dim dim[ONNX_MAX_RANK];
};

// The dimensions in this order, one axis each, such as {N, C, H, W}.
struct view view_make(const int size[N_AXES], const enum axis *order, int rank);

// ONNX's usual order for a tensor of rank 1 (C), 2 (N, C), 3 (N, C, W) or 4 (N, C, H, W).
struct view view_usual(const int size[N_AXES], int rank);

int64_t view_side(const struct view *v, int dim);

// Whether dimension `dim` runs over a batch that is left open, and whether over nothing else.
bool view_is_open(const struct view *v, int dim);
bool view_is_batch_alone(const struct view *v, int dim);
bool view_equal(const struct view *a, const struct view *b);

// Whether dimension `dim` is exactly the channels.
bool view_is_channels(const struct view *v, int dim);

// The same tensor with other sides (all of them given). False when a side would cut through an axis, or joins
// what does not lie together.
bool view_reshape(const struct view *v, const int64_t *sides, int rank, struct view *out);

// Where element i (row-major over the axes of `dim`) lies in rows, columns, channels; `dim` runs over no N.
int64_t view_place(const struct view *v, const struct view_dim *dim, int64_t i);

// "1x32x112x112"
const char *view_format(const struct view *v, char *buf, size_t size);

// "N,CHW": the axes of each dimension, '-' for none.
const char *view_axes(const struct view *v, char *buf, size_t size);
