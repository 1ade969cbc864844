// SPDX-License-Identifier: BSD-3-Clause
// Numbers of 32 and 16 bits from their bits (IEEE 754 binary32, binary16).
#pragma once

#include <stdint.h>
#include <string.h>

static inline float float_from_bits(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

// binary16: 5 bits of exponent with bias 15, so that shifting it into place is off by 2^(127 - 15), for
// subnormal values too. NaNs become quiet ones, as from a processor's conversion.
static inline float float_from_half(uint16_t half)
{
	uint32_t magnitude = half & 0x7fff, sign = (uint32_t)(half & 0x8000) << 16;
	uint32_t quiet = magnitude > 0x7c00 ? 0x400000 : 0;
	if (magnitude >= 0x7c00) // infinity, NaN
		return float_from_bits(sign | 0x7f800000 | quiet | magnitude << 13);
	float value = float_from_bits(magnitude << 13) * 0x1p112f;
	return sign ? -value : value;
}
