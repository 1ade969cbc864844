// SPDX-License-Identifier: BSD-3-Clause
// Where tensors may begin in a larger block of the GPU's memory: as cudaMalloc's own blocks do.
#pragma once

#include <stdint.h>

enum { CUDA_ALIGNMENT = 256 }; // bytes

// The next multiple of it.
static inline int64_t cuda_aligned(int64_t bytes)
{
	return (bytes + CUDA_ALIGNMENT - 1) / CUDA_ALIGNMENT * CUDA_ALIGNMENT;
}
