// SPDX-License-Identifier: BSD-3-Clause
// The CUDA back end's kernels and matrix product on this processor: the very bodies that the GPU runs
// (dnn/cuda/bodies.h), item by item, in both precisions, and BLAS's definition of a product.
#pragma once

#include "dnn/cuda/kernels.h"

void host_kernel(enum cuda_kernel kernel, enum cuda_precision precision, const struct kernel_args *args);

// D = A B (+ D) + bias, then ReLU, as struct gemm_args states it; sums in fp32. 0 or -ENOMEM.
int host_product(enum cuda_precision precision, const struct gemm_args *args);

// Value i of a tensor, as fp32.
float host_load(enum cuda_precision precision, const void *values, int64_t i);
void host_store(enum cuda_precision precision, void *values, int64_t i, float value);
