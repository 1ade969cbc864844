// SPDX-License-Identifier: BSD-3-Clause
// Inside the stand-in: what cublasLt's opaque objects hold.
#pragma once

#include "state.h"

struct cublasLtContext {
	int unused;
};

struct cublasLtMatmulDescOpaque {
	cublasComputeType_t compute;
	cudaDataType_t scale;
	cublasLtEpilogue_t epilogue;
	const void *bias;
};

struct cublasLtMatrixLayoutOpaque {
	cudaDataType type;
	uint64_t rows, columns;
	int64_t leading_dimension;
};

struct cublasLtMatmulPreferenceOpaque {
	uint64_t workspace_bytes;
	uint32_t alignment[4];	    // of A, B, C, D, in bytes
	uint32_t reduction_schemes; // those allowed, cublasLtReductionScheme_t
};

// call_enter and call_leave for functions that return cublasLt's status.
cublasStatus_t blas_enter(void);
cublasStatus_t blas_leave(cublasStatus_t s);
