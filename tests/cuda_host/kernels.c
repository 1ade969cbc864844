// SPDX-License-Identifier: BSD-3-Clause
#include "kernels.h"

#include <errno.h>
#include <stdlib.h>

#include "kernels_points.h"

#define DEVICE static inline
#define REAL float
#define REAL4 struct float_four
#define LOAD(x) (x)
#define STORE(x) (x)
#define BODY(name) name##_fp32
REAL4
{
	_Alignas(16) float v[4];
};
#include "dnn/cuda/bodies.h"
#undef REAL
#undef REAL4
#undef LOAD
#undef STORE
#undef BODY

#define REAL _Float16
#define REAL4 struct half_four
#define LOAD(x) ((float)(x))
#define STORE(x) ((_Float16)(x))
#define BODY(name) name##_fp16
REAL4
{
	_Alignas(8) _Float16 v[4];
};
#include "dnn/cuda/bodies.h"

typedef void item_function(const struct kernel_args *args, int64_t item);

// As the GPU's warp: lanes in turn, their results combined.
#define SOFTMAX(suffix)                                                                                      \
	static void softmax_##suffix(const struct kernel_args *a, int64_t i)                                 \
	{                                                                                                    \
		float largest = -INFINITY, sum = 0;                                                          \
		for (int lane = 0; lane < SOFTMAX_LANES; lane++)                                             \
			largest = fmaxf(largest, softmax_largest_##suffix(a, i, lane));                      \
		for (int lane = 0; lane < SOFTMAX_LANES; lane++)                                             \
			sum += softmax_sum_##suffix(a, i, lane, largest);                                    \
		for (int lane = 0; lane < SOFTMAX_LANES; lane++)                                             \
			softmax_write_##suffix(a, i, lane, largest, sum);                                    \
	}
SOFTMAX(fp32)
SOFTMAX(fp16)

static item_function *const bodies[2][FIRST_POINT_KERNEL] = {
    [CUDA_FP32] = {[KERNEL_DEPTHWISE] = depthwise_fp32,
		   [KERNEL_POOL] = pool_fp32,
		   [KERNEL_IM2COL] = im2col_fp32,
		   [KERNEL_CONV] = conv_fp32,
		   [KERNEL_ADD] = add_fp32,
		   [KERNEL_MULTIPLY] = multiply_fp32,
		   [KERNEL_ACTIVATE] = activate_fp32,
		   [KERNEL_CONCAT] = concat_fp32,
		   [KERNEL_SLICE] = slice_fp32,
		   [KERNEL_STACK] = stack_fp32,
		   [KERNEL_SOFTMAX] = softmax_fp32},
    [CUDA_FP16] = {[KERNEL_DEPTHWISE] = depthwise_fp16,
		   [KERNEL_POOL] = pool_fp16,
		   [KERNEL_IM2COL] = im2col_fp16,
		   [KERNEL_CONV] = conv_fp16,
		   [KERNEL_ADD] = add_fp16,
		   [KERNEL_MULTIPLY] = multiply_fp16,
		   [KERNEL_ACTIVATE] = activate_fp16,
		   [KERNEL_CONCAT] = concat_fp16,
		   [KERNEL_SLICE] = slice_fp16,
		   [KERNEL_STACK] = stack_fp16,
		   [KERNEL_SOFTMAX] = softmax_fp16},
};

void host_kernel(enum cuda_kernel kernel, enum cuda_precision precision, const struct kernel_args *args)
{
	for (int64_t i = 0; i < args->n; i++)
		if (kernel < FIRST_POINT_KERNEL)
			bodies[precision][kernel](args, i);
		else
			host_point_item(kernel, args, i);
}

float host_load(enum cuda_precision p, const void *values, int64_t i)
{
	return p == CUDA_FP32 ? ((const float *)values)[i] : (float)((const _Float16 *)values)[i];
}

void host_store(enum cuda_precision p, void *values, int64_t i, float value)
{
	if (p == CUDA_FP32)
		((float *)values)[i] = value;
	else
		((_Float16 *)values)[i] = (_Float16)value;
}

// Column j of a matrix begins at j * its leading dimension.
static void take_column(enum cuda_precision p, const struct gemm_args *g, int64_t j, const float *a,
			float *sum)
{
	for (int64_t i = 0; i < g->m; i++)
		sum[i] = (g->bias ? host_load(p, g->bias, i) : 0) +
			 (g->accumulate ? host_load(p, g->d, j * g->ldd + i) : 0);
	for (int64_t k = 0; k < g->k; k++) {
		float b = host_load(p, g->b, j * g->ldb + k);
		const float *column = a + k * g->m;
		for (int64_t i = 0; i < g->m; i++)
			sum[i] += column[i] * b;
	}
	for (int64_t i = 0; i < g->m; i++)
		host_store(p, g->d, j * g->ldd + i, g->relu && sum[i] < 0 ? 0 : sum[i]);
}

int host_product(enum cuda_precision p, const struct gemm_args *g)
{
	float *a = malloc(sizeof(float) * (size_t)(g->m * (g->k + 1)));
	if (!a)
		return -ENOMEM;
	for (int64_t k = 0; k < g->k; k++)
		for (int64_t i = 0; i < g->m; i++)
			a[k * g->m + i] = host_load(p, g->a, k * g->lda + i);
	for (int64_t j = 0; j < g->n; j++)
		take_column(p, g, j, a, a + g->m * g->k);
	free(a);
	return 0;
}
