// SPDX-License-Identifier: BSD-3-Clause
// The kernels over points on this processor: the very bodies that the GPU runs (dnn/cuda/bodies_points.h).
// Where a kernel's threads work together, all lanes take a phase before the next one begins.
#pragma once

#include "dnn/cuda/kernels.h"

// One item of a kernel from FIRST_POINT_KERNEL on.
void host_point_item(enum cuda_kernel kernel, const struct kernel_args *args, int64_t item);
