// SPDX-License-Identifier: BSD-3-Clause
// What one thread of a kernel over points computes, fp32, in the common subset of C and CUDA: included by
// kernels_points.cu (for the GPU) and by the tests (for the host) behind definitions of
//   DEVICE             what stands before a function
//   struct float_four  float v[4], aligned to 16 bytes
//
// Selections are exact (dnn/points/points.h): every operation is rounded on its own. Where a kernel's threads
// work together, its phases stand here, one lane's part each; kernels_points.cu puts barriers and votes
// between them, the tests run all lanes of a phase before the next one.
#pragma once

#include <string.h>

#include "dnn/cuda/kernels.h"
#include "dnn/points/points.h"

// sum + (a - b)^2 without a fused multiply-add.
DEVICE float add_square(float sum, float a, float b)
{
#ifdef __CUDACC__
	float d = __fsub_rn(a, b);
	return __fadd_rn(sum, __fmul_rn(d, d));
#else
	float d = a - b;
	return sum + d * d; // compiled with -ffp-contract=off
#endif
}

// Neighbouring threads write neighbouring points of a column.
DEVICE void columns(const struct kernel_args *a, int64_t i)
{
	uint32_t stride = (uint32_t)a->points.stride, rest = (uint32_t)i / stride;
	int point = (int)((uint32_t)i % stride), c = (int)(rest % (uint32_t)a->points.channels);
	int64_t image = rest / (uint32_t)a->points.channels;
	const float *rows = (const float *)a->src + image * a->in.height * a->in.channels;
	((float *)a->dst)[i] = point < a->in.height ? rows[(int64_t)point * a->in.channels + c] : 0;
}

DEVICE void distances(const struct kernel_args *a, int64_t i)
{
	int64_t stride = a->points.stride;
	uint32_t tiles = (uint32_t)stride / 4, rest = (uint32_t)i / tiles;
	int64_t to = (int64_t)((uint32_t)i % tiles) * 4, from = (int64_t)(rest % tiles) * 4;
	int64_t image = rest / tiles;
	const float *column = a->points.columns + image * a->points.channels * stride;
	struct float_four sum[4] = {{{0}}};
	for (int c = 0; c < a->points.channels; c++, column += stride) {
		struct float_four x = *(const struct float_four *)(const void *)(column + from);
		struct float_four y = *(const struct float_four *)(const void *)(column + to);
		for (int r = 0; r < 4; r++)
			for (int k = 0; k < 4; k++)
				sum[r].v[k] = add_square(sum[r].v[k], x.v[r], y.v[k]);
	}
	float *table = (float *)a->dst + (image * stride + from) * stride + to;
	for (int r = 0; r < 4; r++)
		*(struct float_four *)(void *)(table + r * stride) = sum[r];
}

// Sampling. Lane l of `lanes` has the points l, l + lanes, ... and keeps each one's squared distance to the
// nearest picked one, never NaN. What a lane finds is a key: the larger key is the farther point, among
// equals the one of lower index; 0 = no point.
struct sampling {
	const float *columns, *table; // of the image; table NULL = none
	int n, stride, channels, lanes;
};

DEVICE struct sampling sampling_of(const struct kernel_args *a, int64_t image, int lanes)
{
	const struct point_args *p = &a->points;
	struct sampling s;
	s.columns = p->columns + image * p->channels * p->stride;
	s.table = p->table ? p->table + image * p->stride * p->stride : NULL;
	s.n = a->in.height;
	s.stride = p->stride;
	s.channels = p->channels;
	s.lanes = lanes;
	return s;
}

// at: the picked point's position, which every lane reads once for all its points.
DEVICE float sample_distance(const struct sampling *s, int i, int picked, const float *at)
{
	if (s->table)
		return s->table[(int64_t)picked * s->stride + i];
	float sum = 0;
	for (int c = 0; c < s->channels; c++) {
		const float *column = s->columns + (int64_t)c * s->stride;
		sum = add_square(sum, column[i], c < POSITION_CHANNELS ? at[c] : column[picked]);
	}
	return sum;
}

DEVICE uint64_t sample_key(float distance, int index)
{
	uint32_t bits; // of values that are not negative: in the values' order
	memcpy(&bits, &distance, sizeof(bits));
	return (uint64_t)bits << 32 | (UINT32_MAX - (uint32_t)index);
}

DEVICE int sample_index(uint64_t key)
{
	return (int)(UINT32_MAX - (uint32_t)key);
}

// Lowers the lane's distances to those from the point just picked; returns the key of its farthest point.
// nearest[(int64_t)k * step] is its k-th point's of `most` at most.
DEVICE uint64_t sample_lower(const struct sampling *s, int picked, int lane, float *nearest, int step,
			     int most)
{
	float farthest = -1, at[POSITION_CHANNELS];
	int index = 0;
	for (int c = 0; c < POSITION_CHANNELS; c++)
		at[c] = s->columns[(int64_t)c * s->stride + picked];
#ifdef __CUDACC__
#pragma unroll
#endif
	for (int k = 0; k < most; k++) {
		int i = k * s->lanes + lane;
		if (i >= s->n)
			continue;
		float d = sample_distance(s, i, picked, at), least = nearest[(int64_t)k * step];
		least = d < least ? d : least;
		nearest[(int64_t)k * step] = least;
		if (least > farthest) {
			farthest = least;
			index = i;
		}
	}
	return farthest < 0 ? 0 : sample_key(farthest, index);
}

// Lanes 0..2 write the position of pick k.
DEVICE void sample_write(const struct kernel_args *a, int64_t image, int k, int picked, int lane)
{
	const float *row = (const float *)a->src + (image * a->in.height + picked) * (int64_t)a->in.channels;
	if (lane < POSITION_CHANNELS)
		((float *)a->dst)[(image * a->points.picks + k) * POSITION_CHANNELS + lane] = row[lane];
}

// Balls. A warp walks over the points, BALL_LANES at a time, until its ball is full.
struct ball {
	const float *columns; // of the image
	float centre[POSITION_CHANNELS], limit_m2;
	int n, stride, samples;
	int32_t *index; // [samples]
	int found;	// may exceed samples
	int first;	// the lowest index in the ball
};

DEVICE struct ball ball_of(const struct kernel_args *a, int64_t item)
{
	int64_t image = (uint32_t)item / (uint32_t)a->out.height;
	const float *centre = (const float *)a->addend + item * a->points.pitch;
	struct ball b;
	b.columns = a->points.columns + image * POSITION_CHANNELS * a->points.stride;
	for (int c = 0; c < POSITION_CHANNELS; c++)
		b.centre[c] = centre[c];
	b.limit_m2 = a->points.limit_m2;
	b.n = a->in.height;
	b.stride = a->points.stride;
	b.samples = a->out.width;
	b.index = (int32_t *)a->dst + item * b.samples;
	b.found = 0;
	b.first = -1;
	return b;
}

DEVICE int ball_contains(const struct ball *b, int i)
{
	float sum = 0;
	if (i >= b->n)
		return 0;
	for (int c = 0; c < POSITION_CHANNELS; c++)
		sum = add_square(sum, b->columns[(int64_t)c * b->stride + i], b->centre[c]);
	return sum < b->limit_m2;
}

DEVICE int bits_in(uint32_t mask)
{
#ifdef __CUDACC__
	return __popc(mask);
#else
	return __builtin_popcount(mask);
#endif
}

// Lane l's part after a vote: bit k of mask says whether point start + k lies in the ball. All lanes keep the
// same count.
DEVICE void ball_note(struct ball *b, int start, uint32_t mask, int lane)
{
	int place = b->found + bits_in(mask & ((1u << lane) - 1));
	if (mask >> lane & 1 && place < b->samples)
		b->index[place] = start + lane;
	if (b->first < 0 && mask)
		b->first = start + bits_in((mask & (0u - mask)) - 1); // its lowest bit
	b->found += bits_in(mask);
}

DEVICE void ball_fill(const struct ball *b, int lane)
{
	for (int k = b->found + lane; k < b->samples; k += BALL_LANES)
		b->index[k] = b->first;
}

DEVICE void gather(const struct kernel_args *a, int64_t i)
{
	uint32_t channels = (uint32_t)a->in.channels, sample = (uint32_t)i / channels;
	int c = (int)((uint32_t)i % channels), index = a->points.index[sample];
	int64_t centre = sample / (uint32_t)a->out.width;
	int64_t image = (uint32_t)centre / (uint32_t)a->out.height;
	float value = 0;
	if (index >= 0)
		value = ((const float *)a->src)[(image * a->in.height + index) * a->in.channels + c];
	if (index >= 0 && c < POSITION_CHANNELS)
		value -= ((const float *)a->addend)[centre * a->points.pitch + c];
	((float *)a->dst)[i] = value;
}

DEVICE void vote(const struct kernel_args *a, int64_t i)
{
	int64_t row = (uint32_t)i / POSITION_CHANNELS;
	int c = (int)((uint32_t)i % POSITION_CHANNELS);
	float limit = a->points.limit_m[c];
	float shift = fminf(fmaxf(((const float *)a->src)[i], -limit), limit);
	((float *)a->dst)[i] = ((const float *)a->addend)[row * a->points.pitch + c] + shift;
}

// Terms are added as dnn/cpu_float64_private.h does: bias first, then channel by channel.
DEVICE void conv_float64(const struct kernel_args *a, int64_t i)
{
	uint32_t outputs = (uint32_t)a->out.channels;
	int64_t row = (uint32_t)i / outputs, o = (uint32_t)i % outputs;
	const float *in = (const float *)a->src + row * a->in.channels, *w = (const float *)a->weight + o;
	double sum = a->bias ? (double)((const float *)a->bias)[o] : 0;
	for (int c = 0; c < a->in.channels; c++, w += outputs)
		sum += (double)in[c] * (double)*w;
	float value = (float)sum;
	if (a->accumulate)
		value += ((const float *)a->dst)[i];
	((float *)a->dst)[i] = a->activation == ACTIVATION_RELU && value < 0 ? 0 : value;
}
