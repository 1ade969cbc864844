// SPDX-License-Identifier: BSD-3-Clause
// Puts the own kernels into a stream's queue. Called from C, implemented in CUDA (kernels.cu).
#pragma once

#include <cuda_runtime_api.h>
#include "dnn/cuda/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

// Loads the precision's kernels, which would else be loaded at their first launch: that would be inside a
// capture, where loading is not allowed. cudaErrorNoKernelImageForDevice: there is no code for this GPU.
cudaError_t cuda_load_kernels(enum cuda_precision precision);

// The arguments are copied. What cudaGetLastError says after the launch.
cudaError_t cuda_launch(enum cuda_kernel kernel, enum cuda_precision precision,
			const struct kernel_args *args, cudaStream_t stream);

// fp32 to fp16 and back, n values.
cudaError_t cuda_launch_narrow(const float *src, void *dst, int64_t n, cudaStream_t stream);
cudaError_t cuda_launch_widen(const void *src, float *dst, int64_t n, cudaStream_t stream);

#ifdef __cplusplus
}
#endif
