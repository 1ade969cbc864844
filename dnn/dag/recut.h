// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: cuts a network at other places than its description says. Its layers, weights and heads
// stay what they are.
#pragma once

#include "dnn/description.h"

// Fills store->recut and turns store->net to it; `how` is one of network_cut_words. Weights must be there
// already, if they are wanted. -EINVAL, with a sentence, when there would be too many sub-tasks.
int network_recut(struct network_store *store, const char *how, struct err *err);
