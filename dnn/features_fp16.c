// SPDX-License-Identifier: BSD-3-Clause
// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
#include <stdbool.h>
#include <string.h>

#include "dnn/features_codecs_private.h"
#include "dnn/half.h"

#define FP32_INFINITY 0x7f800000u
#define FP16_INFINITY 0x7c00u
#define FP16_QUIET 0x200u	     // the bit that makes a NaN a quiet one
#define LARGEST 65504.f		     // of the finite ones: bits 0x7bff
#define SMALLEST_NORMAL 0x38800000u  // 2^-14
#define BIAS_DIFFERENCE (112u << 23) // 127 - 15, in fp32's exponent

static uint32_t bits_of(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static uint32_t encode_magnitude(uint32_t x)
{
	if (x > FP32_INFINITY)
		return FP16_INFINITY | FP16_QUIET | (x >> 13 & 0x3ff);
	if (x == FP32_INFINITY)
		return FP16_INFINITY;
	if (x >= bits_of(LARGEST))
		return FP16_INFINITY - 1;
	// The sum's last bit is worth 2^-24, as a subnormal's: the addition rounds.
	if (x < SMALLEST_NORMAL)
		return bits_of(float_from_bits(x) + .5f) - bits_of(.5f);
	uint32_t odd = x >> 13 & 1;
	return (x - BIAS_DIFFERENCE + 0xfff + odd) >> 13; // a carry into the exponent is right
}

void fp16_encode_portable(const float *values, int64_t n, uint16_t *halves)
{
	for (int64_t i = 0; i < n; i++) {
		uint32_t x = bits_of(values[i]);
		halves[i] = (uint16_t)((x >> 16 & 0x8000) | encode_magnitude(x & 0x7fffffff));
	}
}

void fp16_decode_portable(const uint16_t *halves, int64_t n, float *values)
{
	for (int64_t i = 0; i < n; i++)
		values[i] = float_from_half(halves[i]);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

// The conversion makes an infinity of what is too large, so finite values are brought into range before. A
// NaN passes: where one operand is a NaN, min and max give the second.
__attribute__((target("avx,f16c"))) static int64_t encode_f16c(const float *values, int64_t n,
							       uint16_t *halves)
{
	const __m256 most = _mm256_set1_ps(LARGEST), least = _mm256_set1_ps(-LARGEST);
	const __m256 infinity = _mm256_set1_ps(__builtin_inff()), sign = _mm256_set1_ps(-0.f);
	int64_t i = 0;
	for (; i + 8 <= n; i += 8) {
		__m256 x = _mm256_loadu_ps(values + i);
		__m256 infinite = _mm256_cmp_ps(_mm256_andnot_ps(sign, x), infinity, _CMP_EQ_OQ);
		__m256 inside = _mm256_max_ps(least, _mm256_min_ps(most, x));
		x = _mm256_blendv_ps(inside, x, infinite);
		_mm_storeu_si128((__m128i *)(void *)(halves + i),
				 _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
	}
	return i;
}

__attribute__((target("avx,f16c"))) static int64_t decode_f16c(const uint16_t *halves, int64_t n,
							       float *values)
{
	int64_t i = 0;
	for (; i + 8 <= n; i += 8)
		_mm256_storeu_ps(values + i, _mm256_cvtph_ps(_mm_loadu_si128(
						 (const __m128i *)(const void *)(halves + i))));
	return i;
}

// AVX tells whether the system keeps the registers, too. Not by name: clang 14 knows none for F16C.
static bool has_f16c(void)
{
	unsigned a, b, c, d;
	return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

static int64_t encode_fast(const float *values, int64_t n, uint16_t *halves)
{
	return has_f16c() ? encode_f16c(values, n, halves) : 0;
}

static int64_t decode_fast(const uint16_t *halves, int64_t n, float *values)
{
	return has_f16c() ? decode_f16c(halves, n, values) : 0;
}
#else
static int64_t encode_fast(const float *values, int64_t n, uint16_t *halves)
{
	(void)values, (void)n, (void)halves;
	return 0;
}

static int64_t decode_fast(const uint16_t *halves, int64_t n, float *values)
{
	(void)halves, (void)n, (void)values;
	return 0;
}
#endif

// The rest that fills no vector goes one by one.
void fp16_encode(const float *values, int64_t n, uint16_t *halves)
{
	int64_t done = encode_fast(values, n, halves);
	fp16_encode_portable(values + done, n - done, halves + done);
}

void fp16_decode(const uint16_t *halves, int64_t n, float *values)
{
	int64_t done = decode_fast(halves, n, values);
	fp16_decode_portable(halves + done, n - done, values + done);
}
