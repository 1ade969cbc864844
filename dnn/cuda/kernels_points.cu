// SPDX-License-Identifier: BSD-3-Clause
// The kernels over points. Compiled without fused multiply-adds: selections and box overlaps are rounded
// operation by operation (dnn/points/points.h).
#include "dnn/cuda/item.h"

extern "C" {
#include "dnn/cuda/launch.h"
}
#include "dnn/cuda/bodies_boxes.h"

enum { WARP = BALL_LANES, STRIPES = 4 };

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

// In the order of enum cuda_kernel from FIRST_POINT_KERNEL on; of sampling the variant for any number of points.
static const kernel_function kernels[N_CUDA_KERNELS - FIRST_POINT_KERNEL] = {
    columns_kernel,	     distances_kernel, sample_kernel<0, FEATURES>, ball_kernel,
    gather_kernel, vote_kernel, conv_float64_kernel, boxes_kernel,     suppress_kernel,		   box_rows_kernel,
};

// The variants for images whose distances are registers, by source: with few points a thread where they
// suffice, as more would only be skipped one by one.
enum { FEW = 4 };
static const kernel_function sample_few[] = {sample_kernel<FEW, SHARED>, sample_kernel<FEW, GLOBAL>,
					     sample_kernel<FEW, TABLE>};
static const kernel_function sample_many[] = {sample_kernel<SAMPLE_MOST_OWN, SHARED>,
					      sample_kernel<SAMPLE_MOST_OWN, GLOBAL>,
					      sample_kernel<SAMPLE_MOST_OWN, TABLE>};

static cudaError_t load(kernel_function kernel, struct cudaFuncAttributes *found)
{
	return cudaFuncGetAttributes(found, (const void *)kernel);
}

static cudaError_t load_sampling(const kernel_function variants[], int shared_bytes)
{
	struct cudaFuncAttributes found;
	cudaError_t e = cudaSuccess;
	for (int source = TABLE; e == cudaSuccess && source >= SHARED; source--)
		e = load(variants[source], &found);
	if (e == cudaSuccess) // SHARED was the last
		e = cudaFuncSetAttribute((const void *)variants[SHARED],
					 cudaFuncAttributeMaxDynamicSharedMemorySize,
					 shared_bytes - (int)found.sharedSizeBytes);
	return e;
}

extern "C" cudaError_t cuda_load_point_kernels(void)
{
	int device = 0, shared_bytes = 0;
	struct cudaFuncAttributes unused;
	cudaError_t e = cudaGetDevice(&device);
	if (e == cudaSuccess)
		e = cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
	for (int k = 0; e == cudaSuccess && k < N_CUDA_KERNELS - FIRST_POINT_KERNEL; k++)
		e = load(kernels[k], &unused);
	if (e == cudaSuccess)
		e = load_sampling(sample_few, shared_bytes);
	return e == cudaSuccess ? load_sampling(sample_many, shared_bytes) : e;
}

static cudaError_t launch_sample(const struct kernel_args *args, cudaStream_t stream)
{
	int n = args->in.height;
	const kernel_function *variants = n <= FEW * SAMPLE_MOST_LANES ? sample_few : sample_many;
	kernel_function kernel = variants[args->points.table ? TABLE : GLOBAL];
	size_t bytes = sizeof(float) * POSITION_CHANNELS * (size_t)args->points.stride;
	struct cudaFuncAttributes shared;
	cudaError_t e = load(variants[SHARED], &shared);
	if (e != cudaSuccess)
		return e;
	if (!sample_fits_registers(n))
		kernel = kernels[KERNEL_SAMPLE - FIRST_POINT_KERNEL];
	else if (!args->points.table && bytes <= (size_t)shared.maxDynamicSharedSizeBytes)
		kernel = variants[SHARED];
	kernel<<<(unsigned)args->n, (unsigned)sample_lanes(n), kernel == variants[SHARED] ? bytes : 0, stream>>>(
	    *args);
	return cudaGetLastError();
}

static cudaError_t launch(kernel_function kernel, int64_t blocks, unsigned threads,
			  const struct kernel_args *args, cudaStream_t stream)
{
	kernel<<<(unsigned)blocks, threads, 0, stream>>>(*args);
	return cudaGetLastError();
}

extern "C" cudaError_t cuda_launch_points(enum cuda_kernel kernel, const struct kernel_args *args,
					  cudaStream_t stream)
{
	int64_t lanes = kernel == KERNEL_BALL ? BALL_LANES : 1;
	kernel_function function = kernels[kernel - FIRST_POINT_KERNEL];
	if (kernel == KERNEL_SAMPLE)
		return launch_sample(args, stream);
	if (kernel == KERNEL_SUPPRESS)
		return launch(function, args->n, SUPPRESS_LANES, args, stream);
	return launch(function, blocks_for(args->n * lanes), THREADS, args, stream);
}
