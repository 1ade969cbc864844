// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: an ONNX graph with its names resolved: what each value is made by and read by, which nodes
// the output needs, in an order in which everything is made before it is read.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <onnx.pb-c.h>
#include "base/err.h"
#include "dnn/onnx/constant_private.h"
#include "dnn/onnx/view_private.h"

enum { PRODUCER_NONE = -1, PRODUCER_INITIALIZER = -2, PRODUCER_INPUT = -3 };

// A value has a name and is a constant, or a tensor that some layer of the imported network makes.
struct value {
	const char *name;
	int producer;	  // a node's index, or PRODUCER_*
	int uses;	  // of its values: by needed nodes, and as the graph's output
	bool is_needed;	  // that, or its shape is read
	bool is_of_input; // it depends on the network's input, not on its shape alone
	bool is_kept;	  // named as a cut: nothing may be folded over it
	bool is_constant;
	bool is_tensor; // neither yet: nothing has been made of its node
	struct constant constant;
	int layer;	  // of a tensor: index in the builder, or LAYER_INPUT_OF_SUBTASK
	int generation;	  // of a tensor: the layer's when this was its output
	struct view view; // of a tensor
};

struct graph {
	const char *where; // names the file in errors
	struct err *err;
	Onnx__ModelProto *model; // owned
	const Onnx__GraphProto *proto;
	int64_t opset;
	struct value *values; // [n_values], sorted by name
	int n_values;
	int *order; // [n_order]: nodes, each behind those it reads
	int n_order;
	bool *needed; // [node]
	struct value *input, *output;
	struct value **exits; // [n_exits] the other outputs, where they are early exits
	int n_exits;
};

// Takes over the model. `output` names the output to import, NULL = the only one, or with `exits` the last
// one; then the others are early exits. Refused are names that nothing makes or two nodes make, and cycles.
// The graph is to be freed with graph_free whatever comes back.
int graph_open(struct graph *g, Onnx__ModelProto *model, const char *output, bool exits, const char *where,
	       struct err *err);
void graph_free(struct graph *g);

// Reads the constants that are needed and finds the input. Refuses more than one that is not a constant.
int graph_bind(struct graph *g);

// The value called so, or NULL. "" is nobody's name.
struct value *graph_find(const struct graph *g, const char *name);

// Likewise, or the one that is printed so (name_private.h).
struct value *graph_find_text(const struct graph *g, const char *text);

const Onnx__NodeProto *graph_node(const struct graph *g, int node);

// Fills g->order with every node. Refuses a cycle. (graph_order.c)
int graph_sort(struct graph *g);

// Marks the nodes that the output and the exits need and the values that depend on the input, and counts
// uses. (graph_order.c)
void graph_mark_needed(struct graph *g);
