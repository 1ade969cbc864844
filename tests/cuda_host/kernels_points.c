// SPDX-License-Identifier: BSD-3-Clause
// Compiled without fused multiply-adds, as the kernels over points are.
#include "kernels_points.h"

#include <stdlib.h>

#define DEVICE static inline
struct float_four {
	_Alignas(16) float v[4];
};
#include "dnn/cuda/bodies_boxes.h"

typedef void item_function(const struct kernel_args *args, int64_t item);

// As kernels_points.cu: a thread's distances are its own where they fit, else in the workspace.
static void sample_image(const struct kernel_args *a, int64_t image)
{
	int lanes = sample_lanes(a->in.height), most = (a->in.height + lanes - 1) / lanes, picked = 0;
	int own = sample_fits_registers(a->in.height), step = own ? 1 : lanes;
	struct sampling s = sampling_of(a, image, lanes);
	float *all = own ? calloc((size_t)most * (size_t)lanes, sizeof(float))
			 : a->points.nearest + image * a->points.stride;
	if (!all)
		abort();
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

static item_function *const bodies[N_CUDA_KERNELS] = {
    [KERNEL_COLUMNS] = columns,
    [KERNEL_DISTANCES] = distances,
    [KERNEL_GATHER] = gather,
    [KERNEL_VOTE] = vote,
    [KERNEL_CONV_FLOAT64] = conv_float64,
    [KERNEL_BOXES] = boxes,
    [KERNEL_BOX_ROWS] = box_rows,
    [KERNEL_SAMPLE] = sample_image,
    [KERNEL_BALL] = run_ball,
    [KERNEL_SUPPRESS] = suppress_image,
};

void host_point_item(enum cuda_kernel kernel, const struct kernel_args *args, int64_t item)
{
	bodies[kernel](args, item);
}
