// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: where the network can be cut, and where it is.
#pragma once

#include "dnn/onnx/builder_private.h"

// Marks the layers that the output needs. A graph that computes nothing gets a layer that passes its input
// on.
int cuts_mark_live(struct builder *b);

// Whether everything live behind the layer depends on nothing live before it: fills possible[layer].
void cuts_find(const struct builder *b, bool *possible);

// Fills b->cut_names from lists (struct onnx_options) and marks their values as kept; a name that is no
// value's stays, for cuts_choose to refuse.
int cut_names_read(struct builder *b, const char *const *lists);

// Finds the heads of the graph's exits: fills b->exits and marks their layers, and in chosen[layer] where
// they begin. Refuses heads that begin at no place to cut, and what is no head of its own. (exits.c)
int exits_find(struct builder *b, const bool *possible, bool *chosen);

// Marks the layers of b->cut_names in chosen[layer]. -ENOENT with the name and the reason.
int cuts_choose(struct builder *b, const bool *possible, bool *chosen);
