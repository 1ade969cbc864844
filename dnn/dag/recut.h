// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: cuts a network at other places than its description says. Its layers, weights and heads
// stay what they are.
#pragma once

#include "dnn/description.h"

// Fills store->recut and turns store->net to it; `how` is one of network_cut_words. Weights must be there
// already, if they are wanted. -EINVAL, with a sentence, when there would be too many sub-tasks.
int network_recut(struct network_store *store, const char *how, struct err *err);

// Likewise, in any chain of cuts (dnn/dag/dag.h): stage[i] of the input, then of the description's layers in
// their order, those left out that pack or unpack. Stages 1.. all have layers, the last one the result. Heads
// must stand behind articulation points. For tests.
int network_recut_at(struct network_store *store, const int *stage, struct err *err);
