// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a layer in oneDNN's terms: formats, fused activations, the description of its primitive.
#pragma once

#include "dnn/layers/layers.h"
#include "dnn/network.h"
#include "dnn/onednn_api_private.h"

enum { CHANNEL_AXIS = 1 }; // oneDNN counts dimensions in the order n, c, h, w whatever lies where in memory

// Lives while a primitive is being made. The caller fills subtask, layer (of that sub-task), batch and
// engine.
struct recipe {
	const struct subtask *subtask;
	const struct layer *layer;
	dnnl_dim_t batch;
	dnnl_engine_t engine;
	dnnl_memory_desc_t src[LAYER_MAX_INPUTS], dst, bias;
	dnnl_memory_desc_t any_weights;	  // the format that the primitive likes best
	dnnl_memory_desc_t plain_weights; // ours, see struct layer
	dnnl_primitive_attr_t attr;
	dnnl_primitive_desc_t pd; // what all of it is for
};

// What a layer's row says of oneDNN.
struct layer_onednn {
	// Makes r->pd; the rest of r is filled.
	dnnl_status_t (*describe)(struct recipe *r);
	// Our layout of weights (struct layer), or `any`: whatever the primitive likes best. NULL = no
	// weight.
	dnnl_status_t (*weights)(dnnl_memory_desc_t *md, const struct layer *l, bool any);
	bool is_flat;	    // sees a tensor as one row of values
	bool takes_many;    // inputs are DNNL_ARG_MULTIPLE_SRC
	bool is_activation; // the primitive is the activation's first step
};

// Primitives for `describe`, of r->layer's window, inputs and activation.
dnnl_status_t recipe_convolution(struct recipe *r);
dnnl_status_t recipe_pool(struct recipe *r, dnnl_alg_kind_t kind);
dnnl_status_t recipe_binary(struct recipe *r, dnnl_alg_kind_t kind);
dnnl_status_t recipe_eltwise(struct recipe *r);

// after: see onednn_op_new. Free it after a failure too.
dnnl_status_t recipe_make(struct recipe *r, const struct layer *after);
void recipe_free(struct recipe *r);
