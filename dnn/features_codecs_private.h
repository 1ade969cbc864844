// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the codecs of dnn/features.h, one file each.
#pragma once

#include <stdint.h>
#include "base/err.h"

void fp16_encode(const float *values, int64_t n, uint16_t *halves);
void fp16_decode(const uint16_t *halves, int64_t n, float *values);

// The same by integer arithmetic alone, for processors without conversions of their own.
void fp16_encode_portable(const float *values, int64_t n, uint16_t *halves);
void fp16_decode_portable(const uint16_t *halves, int64_t n, float *values);

// `n` values at each multiple of `stride`; on the wire they follow each other.
struct feature_rows {
	int64_t rows, stride, n;
};

int int8_encode(const float *values, struct feature_rows rows, uint8_t *wire, struct err *err);
int int8_decode(const uint8_t *wire, struct feature_rows rows, float *values, struct err *err);
