// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/features.h"

#include <errno.h>
#include <string.h>

#include "dnn/features_codecs.h"

static const char *const names[FEATURES_COUNT] = {"fp32", "fp16", "int8"};

const char *features_name(enum features features)
{
	return names[features];
}

int features_of(const char *name)
{
	for (int f = 0; f < FEATURES_COUNT; f++)
		if (strcmp(names[f], name) == 0)
			return f;
	return -EINVAL;
}

int64_t features_bytes(enum features features, int64_t n)
{
	switch (features) {
	case FEATURES_FP16:
		return 2 * n;
	case FEATURES_INT8:
		return FEATURES_INT8_HEADER + n;
	case FEATURES_FP32:
	case FEATURES_COUNT:
		break;
	}
	return 4 * n;
}

int64_t features_cut_bytes(const struct network *net, int cut, enum features features)
{
	return cut == 0 ? network_cut_bits(net, 0) / 8
			: features_bytes(features, network_cut_values(net, cut));
}

int features_encode(enum features features, const float *values, int64_t n, void *wire, struct err *err)
{
	switch (features) {
	case FEATURES_FP16:
		fp16_encode(values, n, wire);
		return 0;
	case FEATURES_INT8:
		return int8_encode(values, n, wire, err);
	case FEATURES_FP32:
	case FEATURES_COUNT:
		break;
	}
	memcpy(wire, values, (size_t)n * sizeof(*values));
	return 0;
}

int features_decode(enum features features, const void *wire, int64_t n, float *values, struct err *err)
{
	switch (features) {
	case FEATURES_FP16:
		fp16_decode(wire, n, values);
		return 0;
	case FEATURES_INT8:
		return int8_decode(wire, n, values, err);
	case FEATURES_FP32:
	case FEATURES_COUNT:
		break;
	}
	memcpy(values, wire, (size_t)n * sizeof(*values));
	return 0;
}
