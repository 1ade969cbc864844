// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: where the tensors of a sub-task live while it runs, which additions are folded into
// the layer before them, and which layers behind a grouping run with it, block by block. Pure: the same for
// every batch size.
#pragma once

#include <stdint.h>
#include "dnn/network.h"

enum {
	PLACE_IN = 0,
	PLACE_OUT = 1,
	PLACE_SLOTS = 2
}; // the sub-task's input, its output, then reusable slots

struct layout_step {
	int layer;		   // index in the sub-task
	int last;		   // the layer whose output the step writes
	int add;		   // the LAYER_ADD folded into it, else -1
	int src[LAYER_MAX_INPUTS]; // places of the layer's inputs
	int dst;		   // place; with a folded add, it holds the other operand beforehand
};

struct layout {
	int n_steps;
	struct layout_step *steps;
	int n_slots;
	int64_t *slot_values; // [n_slots] values for one input
};

// 0 or -ENOMEM.
int layout_make(struct layout *layout, const struct subtask *subtask);
void layout_free(struct layout *layout);
