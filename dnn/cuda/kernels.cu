// SPDX-License-Identifier: BSD-3-Clause
// The bodies as CUDA kernels, in both precisions: item i is thread i. Neighbouring threads have neighbouring
// channels, so that reads and writes of a warp are one piece of memory.
#include <cuda_fp16.h>

#include "dnn/cuda/item.h"

extern "C" {
#include "dnn/cuda/launch.h"
}

#define REAL float
#define REAL4 struct float_four
#define LOAD(x) (x)
#define STORE(x) (x)
#define BODY(name) name##_fp32
#include "dnn/cuda/bodies.h"
#undef REAL
#undef REAL4
#undef LOAD
#undef STORE
#undef BODY

#define REAL __half
#define REAL4 struct half_four
#define LOAD(x) __half2float(x)
#define STORE(x) __float2half_rn(x)
#define BODY(name) name##_fp16
struct __align__(8) half_four {
	__half v[4];
};
#include "dnn/cuda/bodies.h"

static __device__ float largest_of_warp(float v)
{
	for (int step = SOFTMAX_LANES / 2; step > 0; step /= 2)
		v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, step));
	return v;
}

static __device__ float sum_of_warp(float v)
{
	for (int step = SOFTMAX_LANES / 2; step > 0; step /= 2)
		v += __shfl_xor_sync(0xffffffffu, v, step);
	return v;
}

// A warp an item: whole warps leave together, so that the shuffles meet all lanes.
#define SOFTMAX_KERNEL(suffix)                                                                                \
	static __global__ void __launch_bounds__(THREADS) softmax_##suffix##_kernel(const struct kernel_args args) \
	{                                                                                                     \
		int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) / SOFTMAX_LANES;                    \
		int lane = (int)threadIdx.x % SOFTMAX_LANES;                                                  \
		if (i >= args.n)                                                                              \
			return;                                                                               \
		float largest = largest_of_warp(softmax_largest_##suffix(&args, i, lane));                    \
		float sum = sum_of_warp(softmax_sum_##suffix(&args, i, lane, largest));                       \
		softmax_write_##suffix(&args, i, lane, largest, sum);                                         \
	}

KERNEL(depthwise_fp32)
KERNEL(pool_fp32)
KERNEL(im2col_fp32)
KERNEL(conv_fp32)
KERNEL(add_fp32)
KERNEL(multiply_fp32)
KERNEL(activate_fp32)
KERNEL(concat_fp32)
KERNEL(slice_fp32)
KERNEL(stack_fp32)
SOFTMAX_KERNEL(fp32)
KERNEL(depthwise_fp16)
KERNEL(pool_fp16)
KERNEL(im2col_fp16)
KERNEL(conv_fp16)
KERNEL(add_fp16)
KERNEL(multiply_fp16)
KERNEL(activate_fp16)
KERNEL(concat_fp16)
KERNEL(slice_fp16)
KERNEL(stack_fp16)
SOFTMAX_KERNEL(fp16)

typedef void (*kernel_function)(const struct kernel_args);

// In the order of enum cuda_kernel, up to those over points.
static const kernel_function kernels[2][FIRST_POINT_KERNEL] = {
    {depthwise_fp32_kernel, pool_fp32_kernel, im2col_fp32_kernel, conv_fp32_kernel, add_fp32_kernel,
     multiply_fp32_kernel, activate_fp32_kernel, concat_fp32_kernel, softmax_fp32_kernel, slice_fp32_kernel, stack_fp32_kernel},
    {depthwise_fp16_kernel, pool_fp16_kernel, im2col_fp16_kernel, conv_fp16_kernel, add_fp16_kernel,
     multiply_fp16_kernel, activate_fp16_kernel, concat_fp16_kernel, softmax_fp16_kernel, slice_fp16_kernel, stack_fp16_kernel},
};

extern "C" cudaError_t cuda_launch(enum cuda_kernel kernel, enum cuda_precision precision,
				   const struct kernel_args *args, cudaStream_t stream)
{
	int64_t threads = args->n * (kernel == KERNEL_SOFTMAX ? SOFTMAX_LANES : 1);
	if (args->n < 1 || args->n > INT32_MAX || (kernel >= FIRST_POINT_KERNEL && precision != CUDA_FP32))
		return cudaErrorInvalidValue;
	if (kernel >= FIRST_POINT_KERNEL)
		return cuda_launch_points(kernel, args, stream);
	kernels[precision][kernel]<<<blocks_for(threads), THREADS, 0, stream>>>(*args);
	return cudaGetLastError();
}

static __global__ void __launch_bounds__(THREADS) narrow_kernel(const float *src, __half *dst, int64_t n)
{
	int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
	if (i < n)
		dst[i] = __float2half_rn(src[i]);
}

static __global__ void __launch_bounds__(THREADS) widen_kernel(const __half *src, float *dst, int64_t n)
{
	int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;
	if (i < n)
		dst[i] = __half2float(src[i]);
}

// Of the kernels that convert, which an executor of fp16 launches beside the others.
static cudaError_t load_conversions(void)
{
	struct cudaFuncAttributes unused;
	cudaError_t e = cudaFuncGetAttributes(&unused, (const void *)narrow_kernel);
	return e == cudaSuccess ? cudaFuncGetAttributes(&unused, (const void *)widen_kernel) : e;
}

extern "C" cudaError_t cuda_load_kernels(enum cuda_precision precision)
{
	cudaError_t e = cudaSuccess;
	struct cudaFuncAttributes unused;
	for (int k = 0; e == cudaSuccess && k < FIRST_POINT_KERNEL; k++)
		e = cudaFuncGetAttributes(&unused, (const void *)kernels[precision][k]);
	if (e == cudaSuccess)
		e = precision == CUDA_FP32 ? cuda_load_point_kernels() : load_conversions();
	return e;
}

extern "C" cudaError_t cuda_launch_narrow(const float *src, void *dst, int64_t n, cudaStream_t stream)
{
	narrow_kernel<<<blocks_for(n), THREADS, 0, stream>>>(src, (__half *)dst, n);
	return cudaGetLastError();
}

extern "C" cudaError_t cuda_launch_widen(const void *src, float *dst, int64_t n, cudaStream_t stream)
{
	widen_kernel<<<blocks_for(n), THREADS, 0, stream>>>((const __half *)src, dst, n);
	return cudaGetLastError();
}
