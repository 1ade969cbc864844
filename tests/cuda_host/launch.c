// SPDX-License-Identifier: BSD-3-Clause
// What dnn/cuda/kernels.cu is on a GPU.
#include "dnn/cuda/launch.h"

#include <stdlib.h>

#include "kernels.h"
#include "memory.h"
#include "queue.h"

struct launch {
	enum cuda_kernel kernel;
	enum cuda_precision precision;
	struct kernel_args args;
};

static void run_kernel(void *arguments)
{
	const struct launch *l = arguments;
	host_kernel(l->kernel, l->precision, &l->args);
}

static bool is_device_or_none(const void *address)
{
	return !address || memory_is_device(address, 1);
}

cudaError_t cuda_load_kernels(enum cuda_precision precision)
{
	cudaError_t e = call_enter_unsafe();
	if (e == cudaSuccess && stand_in.device.old)
		e = cudaErrorNoKernelImageForDevice;
	stand_in.loaded[precision] |= e == cudaSuccess;
	return call_leave(e);
}

// Whether a launch, which a capture may record, finds its code; kernels that convert come with fp16's.
static cudaError_t require_loaded(enum cuda_precision precision)
{
	if (!stand_in.loaded[precision])
		return misuse("a kernel's code is loaded when it is first launched: not in a capture");
	return cudaSuccess;
}

// A launch says what cudaGetLastError says: an error that an earlier call left behind too.
static cudaError_t launched(cudaError_t e)
{
	cudaError_t left = cudaGetLastError();
	return call_leave(e == cudaSuccess ? left : e);
}

cudaError_t cuda_launch(enum cuda_kernel kernel, enum cuda_precision precision,
			const struct kernel_args *args, cudaStream_t stream)
{
	struct launch l = {kernel, precision, *args};
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		e = require_loaded(precision);
	if (e == cudaSuccess && (args->n < 1 || args->n > INT32_MAX))
		e = cudaErrorInvalidValue;
	if (e == cudaSuccess && (!memory_is_device(args->src, 1) || !memory_is_device(args->dst, 1) ||
				 !is_device_or_none(args->addend) || !is_device_or_none(args->weight) ||
				 !is_device_or_none(args->bias)))
		e = misuse("kernel %d on memory that is not the device's", (int)kernel);
	return launched(e == cudaSuccess ? queue_work(stream, run_kernel, &l, sizeof(l), NULL) : e);
}

struct conversion {
	const void *from;
	void *to;
	int64_t n;
	enum cuda_precision from_precision, to_precision;
};

static void run_conversion(void *arguments)
{
	const struct conversion *c = arguments;
	for (int64_t i = 0; i < c->n; i++)
		host_store(c->to_precision, c->to, i, host_load(c->from_precision, c->from, i));
}

static cudaError_t launch_conversion(const struct conversion *c, cudaStream_t stream)
{
	size_t from = c->from_precision == CUDA_FP32 ? 4 : 2, to = c->to_precision == CUDA_FP32 ? 4 : 2;
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		e = require_loaded(CUDA_FP16);
	if (e == cudaSuccess &&
	    (!memory_is_device(c->from, (size_t)c->n * from) || !memory_is_device(c->to, (size_t)c->n * to)))
		e = misuse("a conversion of %lld values that are not the device's", (long long)c->n);
	return launched(e == cudaSuccess ? queue_work(stream, run_conversion, c, sizeof(*c), NULL) : e);
}

cudaError_t cuda_launch_narrow(const float *src, void *dst, int64_t n, cudaStream_t stream)
{
	return launch_conversion(&(struct conversion){src, dst, n, CUDA_FP32, CUDA_FP16}, stream);
}

cudaError_t cuda_launch_widen(const void *src, float *dst, int64_t n, cudaStream_t stream)
{
	return launch_conversion(&(struct conversion){src, dst, n, CUDA_FP16, CUDA_FP32}, stream);
}
