// SPDX-License-Identifier: BSD-3-Clause
// A sub-task on a batch, recorded once as a CUDA graph: a run is then one launch.
#pragma once

#include "dnn/cuda/memory.h"
#include "dnn/cuda/product.h"
#include "dnn/cuda/weights.h"

struct cuda_recorder {
	const struct network *network;
	enum cuda_precision precision;
	cudaStream_t stream;
	struct products *products;
	const struct cuda_memory *memory;
	const struct cuda_weights *weights;
};

// Chooses the products' algorithms (their outputs are overwritten) and records part n for a batch; its
// way to the device is queued in the stream. The graph names the memory's addresses: it dies with them. The
// caller destroys it.
int cuda_graph_record(cudaGraphExec_t *out, const struct cuda_recorder *recorder,
		      const struct cuda_steps *steps, int n, int batch, struct err *err);
