// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the network that grows while the nodes of a graph are read. Operators add layers and bind
// values to them; a batch normalisation, a scale or an activation is folded into the layer before it when
// nothing else reads that layer's output.
#pragma once

#include <stdbool.h>
#include "dnn/description.h"
#include "dnn/layers/layers.h"
#include "dnn/onnx/graph_private.h"

enum { BUILDER_LEAST_COMPUTED = 1 << 20, BUILDER_COMPUTED_A_BYTE = 2 };

struct built_layer {
	struct layer layer;   // weight and bias as in dnn/network.h; input[]: indices in the builder
	float *weight, *bias; // owned
	const Onnx__NodeProto *node;
	const char *value; // the last ONNX value that is its output
	int uses;	   // readers of its output
	int generation;	   // raised when something is folded into it: values bound before are gone
	bool is_kept;	   // a cut lies behind it
	bool is_live;	   // the result needs it (cuts.c)
	int head;	   // of the exit, from 1, that needs it while the result does not (exits.c); 0 = none
	bool is_padding;   // nothing but zeros around its input (op_pad.c), so many
	struct yx pads_before, pads_after;
};

// A name given to cut at.
struct cut_name {
	char *name;
	struct value *value; // NULL = there is none of this name
};

// An early exit.
struct built_exit {
	int behind, last; // layers: whose output its head reads, and the one that makes its answer
};

struct builder {
	struct graph graph;
	struct cut_name *cut_names; // [n_cut_names]
	int n_cut_names;
	bool folds; // false: every value stays a tensor of its own
	int batch;  // elements of ONNX's first dimension as the file declares it, OPEN_BATCH where it leaves
		    // it open
	struct shape input;
	struct built_layer *layers; // [n_layers]
	int n_layers;
	struct built_exit *exits;  // [graph.n_exits] in the order of `behind`
	struct computed *computed; // memory of constants
	int64_t n_computed;	   // values in it, and in paddings
	int64_t most_computed;	   // as many there may be: BUILDER_LEAST_COMPUTED, or BUILDER_COMPUTED_A_BYTE
				   // for each byte of the file where that is more
};

void builder_free(struct builder *b);

// The output shape of a layer, or the network's input for LAYER_INPUT_OF_SUBTASK.
struct shape builder_shape(const struct builder *b, int layer);

// Axis sizes of a tensor of this shape.
void builder_sizes(const struct builder *b, struct shape s, int size[N_AXES]);

// Appends the layer (with its weight and bias, which it takes over even when it fails) and binds `out` to
// it, seen as `view`. Refuses tensors that are too large.
int builder_add(struct builder *b, struct built_layer *layer, const struct view *view, struct value *out,
		const Onnx__NodeProto *node);

// Binds `out` to the tensor of `in`, seen as `view`.
void builder_alias(struct builder *b, const struct value *in, const struct view *view, struct value *out);

// The layer that makes v when something may be folded into it, else NULL.
struct built_layer *builder_foldable(struct builder *b, const struct value *v);

// Tells that something was folded into v's layer, whose output is `out` from now on.
void builder_folded(struct builder *b, const struct value *v, struct value *out);

// Zeroed memory for n values of a computed constant, `bytes` each, freed with the builder. NULL and a
// sentence when the graph's constants together come to too many.
void *builder_compute(struct builder *b, const Onnx__NodeProto *node, int64_t n, size_t bytes);

// Whether v is still what its layer gives out.
bool builder_is_current(const struct builder *b, const struct value *v);
