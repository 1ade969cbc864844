// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a grouping layer together with the 1x1 convolutions and the maximum over samples behind it
// (dnn/cpu_layout_private.h finds them), run for a block of centres at a time: what is grouped stays in the
// caches and never exists as a whole (for 3DSSD's first set abstraction it would take 67 MB an input).
#pragma once

#include "dnn/onednn_private.h"

struct grouped_network;

// Layers first (LAYER_GROUP) to last (LAYER_POOL_MAX) of the sub-task, or first = last: the grouping alone.
// weights: [n_layers of the sub-task].
int grouped_network_new(struct grouped_network **out, struct onednn *o, const struct subtask *subtask,
			int first, int last, struct onednn_weights *weights, struct err *err);
void grouped_network_free(struct grouped_network *g);
size_t grouped_network_scratch_bytes(const struct grouped_network *g);

// dst: the last layer's output. 0 or -EIO.
int grouped_network_run(struct grouped_network *g, struct onednn *o, const float *points,
			const float *centres, float *dst, void *scratch);
