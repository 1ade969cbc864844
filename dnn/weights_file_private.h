// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a network's weights from a file.
#pragma once

#include "dnn/description.h"
#include "dnn/safetensors.h"

// Allocates store->weights and fills it. Refuses a file that lacks a tensor, has one too many, or one of
// another shape; a part is filled then.
int weights_load(struct network_store *store, const struct safetensors *file, struct err *err);

// A layer's weight or bias as it stands in a file: type, shape and number of values; n_dims = 0 when the
// layer has none.
struct safetensor weights_tensor(const struct layer *layer, bool bias);
