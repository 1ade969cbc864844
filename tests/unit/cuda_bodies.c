// SPDX-License-Identifier: BSD-3-Clause
// Compiled without fused multiply-adds, as the kernels over points are.
#include "cuda_bodies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

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

#include "dnn/cuda/bodies_boxes.h"

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
		   [KERNEL_ACTIVATE] = activate_fp32,
		   [KERNEL_CONCAT] = concat_fp32,
		   [KERNEL_SOFTMAX] = softmax_fp32},
    [CUDA_FP16] = {[KERNEL_DEPTHWISE] = depthwise_fp16,
		   [KERNEL_POOL] = pool_fp16,
		   [KERNEL_IM2COL] = im2col_fp16,
		   [KERNEL_CONV] = conv_fp16,
		   [KERNEL_ADD] = add_fp16,
		   [KERNEL_ACTIVATE] = activate_fp16,
		   [KERNEL_CONCAT] = concat_fp16,
		   [KERNEL_SOFTMAX] = softmax_fp16},
};

static item_function *const point_bodies[N_CUDA_KERNELS] = {
    [KERNEL_SLICE] = slice,
    [KERNEL_STACK] = stack,
    [KERNEL_COLUMNS] = columns,
    [KERNEL_DISTANCES] = distances,
    [KERNEL_GATHER] = gather,
    [KERNEL_VOTE] = vote,
    [KERNEL_CONV_FLOAT64] = conv_float64,
    [KERNEL_BOXES] = boxes,
    [KERNEL_BOX_ROWS] = box_rows,
};

// As kernels_points.cu: a thread's distances are its own where they fit, else in the workspace.
static void sample_image(const struct kernel_args *a, int64_t image)
{
	int lanes = sample_lanes(a->in.height), most = (a->in.height + lanes - 1) / lanes, picked = 0;
	int own = sample_fits_registers(a->in.height), step = own ? 1 : lanes;
	struct sampling s = sampling_of(a, image, lanes);
	float *all = own ? malloc(sizeof(float) * (size_t)(most * lanes))
			 : a->points.nearest + image * a->points.stride;
	assert_non_null(all);
	for (int k = 0; k < (own ? most * lanes : a->in.height); k++)
		all[k] = INFINITY;
	for (int k = 0; k < a->points.picks; k++) {
		uint64_t best = 0;
		for (int lane = 0; lane < lanes; lane++)
			sample_write(a, image, k, picked, lane);
		for (int lane = 0; lane < lanes; lane++) {
			float *nearest = all + (own ? lane * most : lane);
			uint64_t key = sample_lower(&s, picked, lane, nearest, step, most);
			best = key > best ? key : best;
		}
		picked = sample_index(best);
	}
	if (own)
		free(all);
}

static void run_ball(const struct kernel_args *a, int64_t item)
{
	struct ball lanes[BALL_LANES];
	for (int lane = 0; lane < BALL_LANES; lane++)
		lanes[lane] = ball_of(a, item);
	for (int start = 0; start < lanes->n && lanes->found < lanes->samples; start += BALL_LANES) {
		uint32_t mask = 0;
		for (int lane = 0; lane < BALL_LANES; lane++)
			mask |= (uint32_t)ball_contains(&lanes[lane], start + lane) << lane;
		for (int lane = 0; lane < BALL_LANES; lane++)
			ball_note(&lanes[lane], start, mask, lane);
	}
	for (int lane = 0; lane < BALL_LANES; lane++)
		ball_fill(&lanes[lane], lane);
}

static void suppress_image(const struct kernel_args *a, int64_t image)
{
	struct box *b = a->points.boxes + image * a->out.height;
	int n = a->out.height, rank = suppress_next(b, n, 0);
	for (int kept = 0; rank < n && kept < a->points.max_boxes; kept++) {
		for (int lane = 0; lane < SUPPRESS_LANES; lane++)
			suppress_lane(a, b, rank, kept, lane);
		rank = suppress_next(b, n, rank + 1);
	}
}

void cuda_bodies_run(enum cuda_kernel kernel, enum cuda_precision precision, const struct kernel_args *args)
{
	item_function *body = kernel == KERNEL_SAMPLE	    ? sample_image
			      : kernel == KERNEL_BALL	    ? run_ball
			      : kernel == KERNEL_SUPPRESS   ? suppress_image
			      : kernel < FIRST_POINT_KERNEL ? bodies[precision][kernel]
							    : point_bodies[kernel];
	for (int64_t i = 0; i < args->n; i++)
		body(args, i);
}
