// SPDX-License-Identifier: BSD-3-Clause
// What both files of kernels (kernels.cu, kernels_points.cu) put around the bodies: CUDA only.
#pragma once

#include <stdint.h>

#define DEVICE static __device__ __forceinline__

struct __align__(16) float_four
{
	float v[4];
};

enum { THREADS = 256 }; // of a block

// How many blocks have at least so many threads.
static inline unsigned blocks_for(int64_t threads)
{
	return (unsigned)((threads + THREADS - 1) / THREADS);
}

// The kernel name##_kernel of a body: item i is thread i.
#define KERNEL(name)                                                                                         \
	static __global__ void __launch_bounds__(THREADS) name##_kernel(const struct kernel_args args)       \
	{                                                                                                    \
		int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;                                     \
		if (i < args.n)                                                                              \
			name(&args, i);                                                                      \
	}
