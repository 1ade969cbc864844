// SPDX-License-Identifier: BSD-3-Clause
// Matrix products by cublasLt. Each shape's algorithm is chosen once, by timing the ones that the library
// proposes, and kept.
#pragma once

#include <cuda_runtime_api.h>
#include "base/err.h"
#include "dnn/cuda/kernels.h"

struct products; // of one device and precision; not to be used by two threads at once

// workspace_bytes: of device memory that products may use while they run.
int products_open(struct products **out, enum cuda_precision precision, int64_t workspace_bytes,
		  struct err *err);
void products_close(struct products *p);

// Chooses the algorithm for the shape, if that is not done: runs the product several times, so d is
// overwritten, and waits for the stream. Never while the stream is captured.
int products_choose(struct products *p, const struct gemm_args *args, cudaStream_t stream, struct err *err);

// Puts the product into the stream's queue; products_choose has seen the shape.
int products_queue(struct products *p, const struct gemm_args *args, cudaStream_t stream, struct err *err);

// cublasLt's version, as 10000 major + 100 minor + patch.
size_t products_version(void);
