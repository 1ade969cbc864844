// SPDX-License-Identifier: BSD-3-Clause
// A sub-task as the CUDA back end takes it, on this processor: its steps over the kernels' bodies
// (tests/cuda_host/kernels.h). Only the matrix product is another's: here it follows BLAS's definition, on
// the GPU it is cublasLt's.
#pragma once

#include "tests/cuda_host/kernels.h"
#include "tests/unit/dnn/dnn_lab.h"

struct steps_host {
	enum cuda_precision precision;
	int seen[N_CUDA_KERNELS], products; // taken so far
};

// Runs sub-task n on the truth of users 0..batch-1, into lab->out. The workspace is for one image fewer than
// the batch (but for at least one) and holds NaN before.
void steps_host_run(struct steps_host *host, struct lab *lab, int n, int batch);
