// SPDX-License-Identifier: BSD-3-Clause
// Features on the wire: how the tensor at a cut 1..N-1 is encoded for its upload. Pure; vectorised where the
// processor can. (The input at cut 0 travels as its sensor gives it, see network_cut_bits, and a result as
// fp32.)
//
//   fp32  4 bytes a value, as in memory.
//   fp16  2 bytes: IEEE 754 binary16, rounded to nearest, ties to even. A finite value beyond 65504 becomes
//         65504 with its sign (it saturates), one below 2^-25 becomes 0; infinities and NaN stay what they
//         are. Error: at most 2^-11 of the value, or 2^-25 where that is more.
//   int8  8 bytes of header (fp32 scale, int32 zero point 0..255), then 1 byte q a value: x = scale (q -
//   zero).
//         One scale a tensor: scale = (max(x, 0) - min(x, 0)) / 255, so 0 is exact, which every ReLU needs.
//         Error: at most scale / 2, but for fp32's own rounding (1e-4 of it). Order is kept: x <= y decodes
//         to x' <= y'. (The affine scheme of Jacob et al., CVPR 2018, arXiv 1712.05877, section 2.1.)
//
// A tensor of points begins each row with the point's position, which is no feature: rounding metres over a
// street to 8 bits would change who is whose neighbour, and their range would set the step of everything
// else. Such exact channels travel as fp32, in front of all the others; scale and zero point are the others'.
// (A tensor of fewer than three channels holds no positions.)
//
// A cut across branches carries several tensors (dnn/network.h). Each is encoded on its own, with its own
// scale, and they travel in one piece behind a table, whose rows are uint32 height, width, channels, bytes. A
// cut of one tensor has no table.
//
// Bytes are little-endian, as the protocol's (proto/message.h).
#pragma once

#include "base/err.h"
#include "dnn/network.h"

enum features { FEATURES_FP32, FEATURES_FP16, FEATURES_INT8, FEATURES_COUNT };

enum { FEATURES_INT8_HEADER = 8, FEATURES_TABLE_ROW = 16 };

// Value (row, channel) lies at row channels + channel.
struct features_layout {
	int64_t rows, channels;
	int64_t exact; // so many of a row's first channels travel as fp32
};

// The tensor at a cut of a network, the first one where there are several.
struct features_layout features_cut_layout(const struct network *net, int cut);

// "fp32", "fp16", "int8", and NULL: in the order of the enum.
extern const char *const features_names[];
const char *features_name(enum features features);

// The one of that name, or -EINVAL.
int features_of(const char *name);

// Bytes that a tensor takes.
int64_t features_bytes(enum features features, struct features_layout layout);

// Bytes of the upload at cut 0..N-1 of a network.
int64_t features_cut_bytes(const struct network *net, int cut, enum features features);

// Bytes of the table that an upload at this cut begins with; 0 for a single tensor.
int64_t features_table_bytes(const struct network *net, int cut);

// Rows of that table: tensors at the cut, or 0 for a single one.
int features_table_rows(const struct network *net, int cut);

// Writes that table.
void features_put_table(const struct network *net, int cut, enum features features, void *wire);

// All that a cut 1..N-1 carries, as features_encode and features_decode: network_cut_values values, and
// features_cut_bytes bytes. -EPROTO for a table that is not this cut's.
int features_encode_cut(const struct network *net, int cut, enum features features, const float *values,
			void *wire, struct err *err);
int features_decode_cut(const struct network *net, int cut, enum features features, const void *wire,
			float *values, struct err *err);

// values -> wire[features_bytes]. -EDOM, with a sentence, when int8 is to hold a value that is not finite or
// beyond half of FLT_MAX.
int features_encode(enum features features, struct features_layout layout, const float *values, void *wire,
		    struct err *err);

// The way back. -EPROTO, with a sentence, for an impossible int8 header; any other bytes mean something.
int features_decode(enum features features, struct features_layout layout, const void *wire, float *values,
		    struct err *err);
