// SPDX-License-Identifier: BSD-3-Clause
// Plain loops that the compiler vectorises, once for every processor and once for those with AVX2.
#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "dnn/features.h"
#include "dnn/features_codecs_private.h"

struct header {
	float scale;
	int32_t zero;
};

// Floats ordered as integers: negative ones have their magnitude turned round. NaNs lie outside the
// infinities.
static inline __attribute__((always_inline)) int32_t ordered(int32_t bits)
{
	return bits ^ (bits >> 31 & 0x7fffffff);
}

static float float_of(int32_t order)
{
	int32_t bits = ordered(order); // its own inverse
	float x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

struct range {
	int32_t low, high; // ordered
};

// Of the values and 0.
static inline __attribute__((always_inline)) struct range range_of(const float *values, struct feature_rows r)
{
	int32_t low = 0, high = 0;
	for (int64_t row = 0; row < r.rows; row++)
		for (int64_t i = 0; i < r.n; i++) {
			int32_t bits;
			memcpy(&bits, &values[row * r.stride + i], sizeof(bits));
			int32_t x = ordered(bits);
			low = x < low ? x : low;
			high = x > high ? x : high;
		}
	return (struct range){low, high};
}

// The sum is never below -0.5 + 0.5, but for rounding, so that cutting off is rounding.
static inline __attribute__((always_inline)) void quantise(const float *values, struct feature_rows r,
							   float steps, float zero, uint8_t *q)
{
	for (int64_t row = 0; row < r.rows; row++)
		for (int64_t i = 0; i < r.n; i++) {
			float x = values[row * r.stride + i] * steps + (zero + .5f);
			int32_t k = (int32_t)x;
			q[row * r.n + i] = (uint8_t)(k > 255 ? 255 : k < 0 ? 0 : k);
		}
}

static inline __attribute__((always_inline)) void scale_up(const uint8_t *q, struct feature_rows r,
							   struct header h, float *values)
{
	for (int64_t row = 0; row < r.rows; row++)
		for (int64_t i = 0; i < r.n; i++)
			values[row * r.stride + i] = h.scale * (float)(q[row * r.n + i] - h.zero);
}

#if defined(__x86_64__) && defined(__GNUC__)
#define WIDE __attribute__((target("avx2")))
#define IS_WIDE __builtin_cpu_supports("avx2")
#else
#define WIDE
#define IS_WIDE 0
#endif

WIDE static struct range range_wide(const float *values, struct feature_rows r)
{
	return range_of(values, r);
}

WIDE static void quantise_wide(const float *values, struct feature_rows r, float steps, float zero,
			       uint8_t *q)
{
	quantise(values, r, steps, zero, q);
}

WIDE static void scale_up_wide(const uint8_t *q, struct feature_rows r, struct header h, float *values)
{
	scale_up(q, r, h, values);
}

// A scale of 0 says that all values are 0. The least one else is normal: its inverse is finite.
static struct header header_for(float low, float high)
{
	if (low == 0 && high == 0)
		return (struct header){0, 0};
	float scale = fmaxf(high / 255 - low / 255, 4 * FLT_MIN);
	return (struct header){scale, (int32_t)(-low / scale + .5f)};
}

int int8_encode(const float *values, struct feature_rows r, uint8_t *wire, struct err *err)
{
	struct range range = IS_WIDE ? range_wide(values, r) : range_of(values, r);
	float low = float_of(range.low), high = float_of(range.high);
	if (!(low >= -FLT_MAX / 2 && high <= FLT_MAX / 2))
		return err_set(err, EDOM,
			       "int8 features hold finite values up to %g: the tensor has %g to %g",
			       (double)FLT_MAX / 2, (double)low, (double)high);
	struct header h = header_for(low, high);
	memcpy(wire, &h, sizeof(h));
	float steps = h.scale > 0 ? 1 / h.scale : 0;
	if (IS_WIDE)
		quantise_wide(values, r, steps, (float)h.zero, wire + sizeof(h));
	else
		quantise(values, r, steps, (float)h.zero, wire + sizeof(h));
	return 0;
}

int int8_decode(const uint8_t *wire, struct feature_rows r, float *values, struct err *err)
{
	struct header h;
	_Static_assert(sizeof(h) == FEATURES_INT8_HEADER, "no padding");
	memcpy(&h, wire, sizeof(h));
	bool sound = h.scale >= 0 && h.scale <= FLT_MAX / 255 && h.zero >= 0 && h.zero <= 255;
	if (!sound)
		return err_set(err, EPROTO,
			       "int8 features of scale %g and zero point %d: a scale from 0 to %g and a zero "
			       "point from 0 to 255 are right",
			       (double)h.scale, h.zero, (double)FLT_MAX / 255);
	if (IS_WIDE)
		scale_up_wide(wire + sizeof(h), r, h, values);
	else
		scale_up(wire + sizeof(h), r, h, values);
	return 0;
}
