// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: where the network can be cut, and where it is.
#pragma once

#include "dnn/onnx/builder.h"

// Marks the layers that the output needs. A graph that computes nothing gets a layer that passes its input
// on.
int cuts_mark_live(struct builder *b);

// Whether everything live behind the layer depends on nothing live before it: fills possible[layer].
void cuts_find(const struct builder *b, bool *possible);

// Resolves names to layers and marks them in chosen[layer]. -ENOENT with the name and the reason.
int cuts_choose(struct builder *b, const char *const *names, const bool *possible, bool *chosen);
