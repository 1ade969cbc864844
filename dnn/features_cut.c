// SPDX-License-Identifier: BSD-3-Clause
// The upload of a cut: its tensors, each encoded on its own, behind a table where there are several.
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "dnn/features.h"
#include "dnn/points/points.h"

struct row {
	uint32_t height, width, channels, bytes; // little-endian
};
_Static_assert(sizeof(struct row) == FEATURES_TABLE_ROW, "a row is what the header says");

static struct features_layout layout_of(const struct network *net, struct shape s)
{
	bool has_positions = net->input_kind == INPUT_POINTS && s.channels >= POSITION_CHANNELS;
	return (struct features_layout){.rows = (int64_t)s.height * s.width,
					.channels = s.channels,
					.exact = has_positions ? POSITION_CHANNELS : 0};
}

struct features_layout features_cut_layout(const struct network *net, int cut)
{
	struct shape tensors[CUT_MAX_TENSORS];
	network_cut_tensors(net, cut, tensors);
	return layout_of(net, tensors[0]);
}

int features_table_rows(const struct network *net, int cut)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors);
	return n > 1 ? n : 0;
}

int64_t features_table_bytes(const struct network *net, int cut)
{
	return FEATURES_TABLE_ROW * features_table_rows(net, cut);
}

int64_t features_cut_bytes(const struct network *net, int cut, enum features features)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors);
	if (cut == 0)
		return network_cut_bits(net, 0) / 8;
	int64_t bytes = features_table_bytes(net, cut);
	for (int i = 0; i < n; i++)
		bytes += features_bytes(features, layout_of(net, tensors[i]));
	return bytes;
}

static struct row row_of(const struct network *net, struct shape s, enum features features)
{
	int64_t bytes = features_bytes(features, layout_of(net, s));
	return (struct row){htole32((uint32_t)s.height), htole32((uint32_t)s.width),
			    htole32((uint32_t)s.channels), htole32((uint32_t)bytes)};
}

void features_put_table(const struct network *net, int cut, enum features features, void *wire)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors);
	for (int i = 0; n > 1 && i < n; i++) {
		struct row row = row_of(net, tensors[i], features);
		memcpy((char *)wire + i * FEATURES_TABLE_ROW, &row, sizeof(row));
	}
}

static int check_table(const struct network *net, int cut, enum features features, const void *wire,
		       struct err *err)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors);
	for (int i = 0; n > 1 && i < n; i++) {
		struct row is, right = row_of(net, tensors[i], features);
		memcpy(&is, (const char *)wire + i * FEATURES_TABLE_ROW, sizeof(is));
		if (memcmp(&is, &right, sizeof(is)) != 0)
			return err_set(
			    err, EPROTO,
			    "tensor %d of %d at cut %d is %ux%ux%u in %u bytes: %s has %dx%dx%d in "
			    "%u there",
			    i + 1, n, cut, le32toh(is.height), le32toh(is.width), le32toh(is.channels),
			    le32toh(is.bytes), net->name, tensors[i].height, tensors[i].width,
			    tensors[i].channels, le32toh(right.bytes));
	}
	return 0;
}

int features_encode_cut(const struct network *net, int cut, enum features features, const float *values,
			void *wire, struct err *err)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors), r = 0;
	features_put_table(net, cut, features, wire);
	char *at = (char *)wire + features_table_bytes(net, cut);
	for (int i = 0; r == 0 && i < n; i++) {
		struct features_layout l = layout_of(net, tensors[i]);
		r = features_encode(features, l, values, at, err);
		at += features_bytes(features, l);
		values += shape_values(tensors[i]);
	}
	return r;
}

int features_decode_cut(const struct network *net, int cut, enum features features, const void *wire,
			float *values, struct err *err)
{
	struct shape tensors[CUT_MAX_TENSORS];
	int n = network_cut_tensors(net, cut, tensors), r = check_table(net, cut, features, wire, err);
	const char *at = (const char *)wire + features_table_bytes(net, cut);
	for (int i = 0; r == 0 && i < n; i++) {
		struct features_layout l = layout_of(net, tensors[i]);
		r = features_decode(features, l, at, values, err);
		at += features_bytes(features, l);
		values += shape_values(tensors[i]);
	}
	return r;
}
