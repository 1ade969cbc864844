// SPDX-License-Identifier: BSD-3-Clause
// Compiled once against each set of headers, with VALUES naming the table.
#include "values.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#define VALUE(name) {#name, (long long)name},
const struct cuda_value VALUES[] = {
#include "values.inc"
    {"sizeof(cublasLtMatmulAlgo_t)", sizeof(cublasLtMatmulAlgo_t)},
    {"sizeof(cublasLtMatmulHeuristicResult_t)", sizeof(cublasLtMatmulHeuristicResult_t)},
    {0},
};
