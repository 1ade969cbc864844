// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: one node's attributes and inputs.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "dnn/onnx/graph_private.h"

enum { NODE_TEXT = 320 };

// "Conv node 'conv1'"; one without a name goes by its output's. Returns buf.
const char *node_text(const Onnx__NodeProto *node, char buf[NODE_TEXT]);

// "file: Conv node 'conv1': sentence". Returns -EINVAL.
int node_refuse(const struct graph *g, const Onnx__NodeProto *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Attributes by name, of the type that the operator's row promises; the default where absent.
const Onnx__AttributeProto *node_attribute(const Onnx__NodeProto *node, const char *name);
int64_t node_int(const Onnx__NodeProto *node, const char *name, int64_t otherwise);
float node_float(const Onnx__NodeProto *node, const char *name, float otherwise);
bool node_string_is(const Onnx__NodeProto *node, const char *name, const char *text, const char *otherwise);

// Whole numbers from the attribute `name`, or from the constant input `input` (-1 = never there); values gets
// at most `limit`. Returns how many there are, -1 when neither is given, or a negative errno below -1.
int node_integers(const struct graph *g, const Onnx__NodeProto *node, const char *name, int input,
		  int64_t *values, int limit);

// Input i, or NULL where it is left out.
struct value *node_input(const struct graph *g, const Onnx__NodeProto *node, size_t i);
struct value *node_output(const struct graph *g, const Onnx__NodeProto *node);

// Input i as a tensor, or as a constant of numbers that are not whole; NULL and a sentence when it is not.
struct value *node_tensor(const struct graph *g, const Onnx__NodeProto *node, size_t i);
const struct constant *node_constant(const struct graph *g, const Onnx__NodeProto *node, size_t i,
				     const char *what);

// The order of dimensions that a Transpose names (perm), or the reverse: order[rank]. 0, or a refusal.
int node_permutation(const struct graph *g, const Onnx__NodeProto *node, int rank, int64_t *order);

// A Pad's elements before and after each axis that it names, into pads[2 * rank] of all dimensions, which are
// zero.
int node_pads(const struct graph *g, const Onnx__NodeProto *node, int rank, int64_t *pads);

// An axis attribute counted from the front, or a negative errno: -rank..rank-1 are right.
int node_axis(const struct graph *g, const Onnx__NodeProto *node, int64_t axis, int rank);
