// SPDX-License-Identifier: BSD-3-Clause
// Puts the own kernels into a stream's queue. Called from C, implemented in CUDA (kernels.cu,
// kernels_points.cu).
#pragma once

#include <cuda_runtime_api.h>
#include "dnn/cuda/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// Loads the precision's kernels, with fp16's those that convert. They would else be loaded at their first
// launch: that would be inside a capture, where loading is not allowed. cudaErrorNoKernelImageForDevice:
// there is no code for this GPU.
cudaError_t cuda_load_kernels(enum cuda_precision precision);

// The arguments are copied. What cudaGetLastError says after the launch.
cudaError_t cuda_launch(enum cuda_kernel kernel, enum cuda_precision precision,
			const struct kernel_args *args, cudaStream_t stream);

// As cuda_launch, for which it does the kernels from FIRST_POINT_KERNEL on, in fp32.
cudaError_t cuda_launch_points(enum cuda_kernel kernel, const struct kernel_args *args, cudaStream_t stream);

// As cuda_load_kernels, which does it in fp32; lets blocks that sample take all the shared memory there is.
cudaError_t cuda_load_point_kernels(void);

// fp32 to fp16 and back, n values.
cudaError_t cuda_launch_narrow(const float *src, void *dst, int64_t n, cudaStream_t stream);
cudaError_t cuda_launch_widen(const void *src, float *dst, int64_t n, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
