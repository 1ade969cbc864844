// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a layer in oneDNN's terms: formats, fused activations, the description of its primitive.
#pragma once

#include "dnn/network.h"
#include "dnn/onednn_api.h"

// Lives while a primitive is being made. The caller fills subtask, layer (of that sub-task) and batch.
struct recipe {
	const struct subtask *subtask;
	const struct layer *layer;
	dnnl_dim_t batch;
	dnnl_memory_desc_t src[LAYER_MAX_INPUTS], dst, bias;
	dnnl_memory_desc_t any_weights;	  // the format that the primitive likes best
	dnnl_memory_desc_t plain_weights; // ours, see struct layer
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd; // what all of it is for
};

// after: see onednn_op_new. Free it after a failure too.
dnnl_status_t recipe_make(struct recipe *r, dnnl_engine_t engine, const struct layer *after);
void recipe_free(struct recipe *r);
