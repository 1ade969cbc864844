// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: reads a network description (docs/networks.md) and fills in weights.
#pragma once

#include "dnn/network.h"

// What a network may have, whoever writes its description; docs/networks.md names each. A layer's inputs:
// LAYER_MAX_INPUTS.
enum {
	DESCRIPTION_MAX_SUBTASKS = 64,
	DESCRIPTION_MAX_EXITS = DESCRIPTION_MAX_SUBTASKS - 1,
	DESCRIPTION_MAX_LAYERS = 4096,
	DESCRIPTION_MAX_SIDE = 65535,	   // height, width or channels
	DESCRIPTION_MAX_VALUES = 1 << 26,  // of one tensor
	DESCRIPTION_MAX_WEIGHTS = 1 << 28, // of the network
	DESCRIPTION_MAX_KERNEL = 64,	   // also strides, dilations and paddings
	DESCRIPTION_MAX_LINE = 4096,	   // characters, the final 0 included: all inputs of a concat
	DESCRIPTION_MAX_BYTES = 1 << 22,   // of the text
};

// Sub-tasks at other cuts than the description's (dnn/dag/recut.h). Weights are the description's.
struct recut {
	struct subtask subtasks[DESCRIPTION_MAX_SUBTASKS + DESCRIPTION_MAX_EXITS];
	int exit_subtasks[DESCRIPTION_MAX_EXITS];
	struct layer layers[];
};

// What network_parse hands out: net is the first member, so that a network is its store.
struct network_store {
	struct network net;
	struct subtask subtasks[DESCRIPTION_MAX_SUBTASKS + DESCRIPTION_MAX_EXITS];
	int exit_subtasks[DESCRIPTION_MAX_EXITS];
	double exit_accuracy[DESCRIPTION_MAX_EXITS];
	struct layer layers[DESCRIPTION_MAX_LAYERS];
	int n_layers;
	float *weights;				  // every layer's weight and bias, one block
	char weights_file[NETWORK_REFERENCE_MAX]; // as the description names it, "" = none
	struct recut *recut;			  // NULL = net is as described
	struct network described;		  // else what net was
};

// Fills everything but weights, seed and hashes. Errors read "where:line: ...".
int description_parse(struct network_store *store, const char *text, const char *where, struct err *err);

// Counts a layer, which follows those that are there, in its sub-task.
void subtask_add(struct subtask *t, const struct layer *l);

// Allocates store->weights, not filled, and points layers at it. 0 or -ENOMEM.
int weights_allocate(struct network_store *store);

// Allocates store->weights, draws them from store->net.weight_seed and points layers at them.
// 0 or -ENOMEM.
int weights_draw(struct network_store *store);
