// SPDX-License-Identifier: BSD-3-Clause
// The CUDA back end's own kernels without a GPU: loops on this processor over the very bodies that the GPU
// runs. Where a kernel's threads work together, all lanes take a phase before the next one begins.
#pragma once

#include "dnn/cuda/kernels.h"

void cuda_bodies_run(enum cuda_kernel kernel, enum cuda_precision precision, const struct kernel_args *args);
