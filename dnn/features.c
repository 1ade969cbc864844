// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/features.h"

#include <errno.h>
#include <string.h>

#include "dnn/features_codecs_private.h"

const char *const features_names[FEATURES_COUNT + 1] = {"fp32", "fp16", "int8", NULL};

const char *features_name(enum features features)
{
	return features_names[features];
}

int features_of(const char *name)
{
	for (int f = 0; f < FEATURES_COUNT; f++)
		if (strcmp(features_names[f], name) == 0)
			return f;
	return -EINVAL;
}

int64_t features_bytes(enum features features, struct features_layout l)
{
	int64_t exact = 4 * l.rows * l.exact, encoded = l.rows * (l.channels - l.exact);
	switch (features) {
	case FEATURES_FP16:
		return exact + 2 * encoded;
	case FEATURES_INT8:
		return exact + FEATURES_INT8_HEADER + encoded;
	case FEATURES_FP32:
	case FEATURES_COUNT:
		break;
	}
	return exact + 4 * encoded;
}

// The encoded part of the values: rows without gaps are one long row.
static struct feature_rows encoded_rows(struct features_layout l)
{
	if (l.exact == 0)
		return (struct feature_rows){.rows = 1, .stride = 0, .n = l.rows * l.channels};
	return (struct feature_rows){.rows = l.rows, .stride = l.channels, .n = l.channels - l.exact};
}

int features_encode(enum features features, struct features_layout l, const float *values, void *wire,
		    struct err *err)
{
	size_t row_bytes = (size_t)l.exact * sizeof(*values);
	uint8_t *encoded = (uint8_t *)wire + (size_t)l.rows * row_bytes;
	if (features == FEATURES_FP32) {
		memcpy(wire, values, (size_t)(l.rows * l.channels) * sizeof(*values));
		return 0;
	}
	for (int64_t row = 0; row_bytes && row < l.rows; row++)
		memcpy((uint8_t *)wire + (size_t)row * row_bytes, values + row * l.channels, row_bytes);
	struct feature_rows rows = encoded_rows(l);
	if (features == FEATURES_INT8)
		return int8_encode(values + l.exact, rows, encoded, err);
	for (int64_t row = 0; row < rows.rows; row++)
		fp16_encode(values + l.exact + row * rows.stride, rows.n,
			    (uint16_t *)(void *)encoded + row * rows.n);
	return 0;
}

int features_decode(enum features features, struct features_layout l, const void *wire, float *values,
		    struct err *err)
{
	size_t row_bytes = (size_t)l.exact * sizeof(*values);
	const uint8_t *encoded = (const uint8_t *)wire + (size_t)l.rows * row_bytes;
	if (features == FEATURES_FP32) {
		memcpy(values, wire, (size_t)(l.rows * l.channels) * sizeof(*values));
		return 0;
	}
	for (int64_t row = 0; row_bytes && row < l.rows; row++)
		memcpy(values + row * l.channels, (const uint8_t *)wire + (size_t)row * row_bytes, row_bytes);
	struct feature_rows rows = encoded_rows(l);
	if (features == FEATURES_INT8)
		return int8_decode(encoded, rows, values + l.exact, err);
	for (int64_t row = 0; row < rows.rows; row++)
		fp16_decode((const uint16_t *)(const void *)encoded + row * rows.n, rows.n,
			    values + l.exact + row * rows.stride);
	return 0;
}
