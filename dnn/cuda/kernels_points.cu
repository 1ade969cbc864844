// SPDX-License-Identifier: BSD-3-Clause
// The kernels over points. Compiled without fused multiply-adds: selections and box overlaps are rounded
// operation by operation (dnn/points/points.h).
extern "C" {
#include "dnn/cuda/launch.h"
}

#define DEVICE static __device__ __forceinline__

struct __align__(16) float_four {
	float v[4];
};
#include "dnn/cuda/bodies_boxes.h"

enum { THREADS = 256, WARP = BALL_LANES, STRIPES = 4 };

#define KERNEL(name)                                                                                         \
	static __global__ void __launch_bounds__(THREADS) name##_kernel(const struct kernel_args args)        \
	{                                                                                                     \
		int64_t i = (int64_t)blockIdx.x * THREADS + threadIdx.x;                                      \
		if (i < args.n)                                                                               \
			name(&args, i);                                                                       \
	}

KERNEL(slice)
KERNEL(stack)
KERNEL(columns)
KERNEL(distances)
KERNEL(gather)
KERNEL(vote)
KERNEL(conv_float64)
KERNEL(boxes)
KERNEL(box_rows)

// A warp a centre, several times 32 points at once, so that their reads are under way together.
static __global__ void __launch_bounds__(THREADS) ball_kernel(const struct kernel_args args)
{
	int64_t i = ((int64_t)blockIdx.x * THREADS + threadIdx.x) / WARP;
	int lane = (int)threadIdx.x % WARP;
	if (i >= args.n)
		return; // the whole warp
	struct ball b = ball_of(&args, i);
	for (int start = 0; start < b.n && b.found < b.samples; start += STRIPES * WARP) {
		int inside[STRIPES];
#pragma unroll
		for (int s = 0; s < STRIPES; s++)
			inside[s] = ball_contains(&b, start + s * WARP + lane);
#pragma unroll
		for (int s = 0; s < STRIPES; s++)
			ball_note(&b, start + s * WARP, __ballot_sync(0xffffffffu, inside[s]), lane);
	}
	ball_fill(&b, lane);
}

static __device__ uint64_t largest_of_warp(uint64_t key)
{
#pragma unroll
	for (int step = WARP / 2; step > 0; step /= 2) {
		uint64_t other = __shfl_xor_sync(0xffffffffu, key, step);
		key = other > key ? other : key;
	}
	return key;
}

// The largest key of the block, in every thread, with one barrier a call: `keys` alternates between two.
static __device__ uint64_t largest_of_block(uint64_t key, uint64_t keys[WARP], int lane, int lanes)
{
	key = largest_of_warp(key);
	if (lane % WARP == 0)
		keys[lane / WARP] = key;
	__syncthreads();
	return largest_of_warp(lane % WARP < lanes / WARP ? keys[lane % WARP] : 0);
}

// Where distances come from: position columns in shared memory or global memory, a table, or the columns of all
// features.
enum source { SHARED, GLOBAL, TABLE, FEATURES };

// What the compiler can know of a source, and a copy of the columns where it asks for one.
template <enum source SOURCE> static __device__ __forceinline__ void specialise(struct sampling *s, int lane)
{
	extern __shared__ float shared_columns[];
	if (SOURCE == TABLE) {
		__builtin_assume(s->table != NULL);
		return;
	}
	s->table = NULL;
	if (SOURCE != FEATURES)
		s->channels = POSITION_CHANNELS;
	if (SOURCE == SHARED) {
		for (int k = lane; k < POSITION_CHANNELS * s->stride; k += s->lanes)
			shared_columns[k] = s->columns[k];
		s->columns = shared_columns;
		__syncthreads();
	}
}

// A block an image; one a multiprocessor, with all its registers. OWN: points a thread, whose distances are
// registers; 0 = they are in the workspace.
template <int OWN, enum source SOURCE>
static __global__ void __launch_bounds__(SAMPLE_MOST_LANES, 1) sample_kernel(const struct kernel_args args)
{
	__shared__ uint64_t keys[2][WARP];
	int64_t image = blockIdx.x;
	int lane = (int)threadIdx.x, picked = 0;
	struct sampling s = sampling_of(&args, image, (int)blockDim.x);
	specialise<SOURCE>(&s, lane);
	float own[OWN > 0 ? OWN : 1];
	float *nearest = OWN > 0 ? own : args.points.nearest + image * s.stride + lane;
	int step = OWN > 0 ? 1 : s.lanes, most = OWN > 0 ? OWN : (s.n + s.lanes - 1) / s.lanes;
#pragma unroll
	for (int k = 0; k < most; k++)
		if (OWN > 0 || k * s.lanes + lane < s.n)
			nearest[k * step] = INFINITY;
	for (int k = 0; k < args.points.picks - 1; k++) {
		sample_write(&args, image, k, picked, lane);
		uint64_t key = sample_lower(&s, picked, lane, nearest, step, most);
		picked = sample_index(largest_of_block(key, keys[k & 1], lane, s.lanes));
	}
	sample_write(&args, image, args.points.picks - 1, picked, lane);
}

static __global__ void __launch_bounds__(SUPPRESS_LANES) suppress_kernel(const struct kernel_args args)
{
	struct box *b = args.points.boxes + (int64_t)blockIdx.x * args.out.height;
	int n = args.out.height, rank = suppress_next(b, n, 0);
	for (int kept = 0; rank < n && kept < args.points.max_boxes; kept++) {
		suppress_lane(&args, b, rank, kept, (int)threadIdx.x);
		__syncthreads(); // what is marked now lies behind `rank`, where nobody reads before this
		rank = suppress_next(b, n, rank + 1);
	}
}

typedef void (*kernel_function)(const struct kernel_args);

// Of one thread an item; in the order of enum cuda_kernel from KERNEL_SLICE on, NULL = launched otherwise.
static const kernel_function item_kernels[N_CUDA_KERNELS - FIRST_POINT_KERNEL] = {
    slice_kernel, stack_kernel,	 columns_kernel, distances_kernel,    NULL,	    NULL,
    gather_kernel, vote_kernel, conv_float64_kernel, boxes_kernel, NULL, box_rows_kernel,
};

static cudaError_t launch_items(kernel_function kernel, const struct kernel_args *args, int lanes,
				cudaStream_t stream)
{
	int64_t blocks = (args->n * lanes + THREADS - 1) / THREADS;
	kernel<<<(unsigned)blocks, THREADS, 0, stream>>>(*args);
	return cudaGetLastError();
}

// Bytes of shared memory for an image's position columns; 0 where the device has not that much for a block.
static size_t shared_bytes(const struct kernel_args *args, kernel_function kernel)
{
	int device = 0, most = 0;
	size_t fixed = 2 * WARP * sizeof(uint64_t);
	size_t bytes = sizeof(float) * POSITION_CHANNELS * (size_t)args->points.stride;
	if (cudaGetDevice(&device) != cudaSuccess ||
	    cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device) != cudaSuccess ||
	    bytes + fixed > (size_t)most ||
	    cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes) !=
		cudaSuccess) {
		cudaGetLastError(); // forgotten: global memory does, too
		return 0;
	}
	return bytes;
}

// Few points a thread where they suffice: more would only be skipped one by one.
template <int OWN>
static cudaError_t launch_sample_own(const struct kernel_args *args, cudaStream_t stream)
{
	kernel_function kernel = sample_kernel<OWN, GLOBAL>;
	size_t bytes = 0;
	if (args->points.table)
		kernel = sample_kernel<OWN, TABLE>;
	else
		bytes = shared_bytes(args, sample_kernel<OWN, SHARED>);
	if (bytes > 0)
		kernel = sample_kernel<OWN, SHARED>;
	kernel<<<(unsigned)args->n, (unsigned)sample_lanes(args->in.height), bytes, stream>>>(*args);
	return cudaGetLastError();
}

static cudaError_t launch_sample(const struct kernel_args *args, cudaStream_t stream)
{
	if (args->in.height <= 4 * SAMPLE_MOST_LANES)
		return launch_sample_own<4>(args, stream);
	if (sample_fits_registers(args->in.height))
		return launch_sample_own<SAMPLE_MOST_OWN>(args, stream);
	sample_kernel<0, FEATURES><<<(unsigned)args->n, SAMPLE_MOST_LANES, 0, stream>>>(*args);
	return cudaGetLastError();
}

extern "C" cudaError_t cuda_launch_points(enum cuda_kernel kernel, const struct kernel_args *args,
					  cudaStream_t stream)
{
	switch (kernel) {
	case KERNEL_SAMPLE:
		return launch_sample(args, stream);
	case KERNEL_SUPPRESS:
		suppress_kernel<<<(unsigned)args->n, SUPPRESS_LANES, 0, stream>>>(*args);
		return cudaGetLastError();
	case KERNEL_BALL:
		return launch_items(ball_kernel, args, BALL_LANES, stream);
	default:
		return launch_items(item_kernels[kernel - FIRST_POINT_KERNEL], args, 1, stream);
	}
}
