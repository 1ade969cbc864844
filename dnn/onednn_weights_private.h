// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a layer's weights in each format that its primitives prefer.
#pragma once

#include "dnn/onednn_private.h"
#include "dnn/onednn_api_private.h"

// The weights in the wanted format: kept from before, the network's own memory if that is the format, or a
// new copy. plain: the format of values. *out stays the property of w.
dnnl_status_t weights_find(struct onednn_weights *w, memory_format wanted, memory_format plain,
			   const float *values, dnnl_engine_t engine, dnnl_stream_t stream,
			   dnnl_memory_t *out);
