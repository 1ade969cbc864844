// SPDX-License-Identifier: BSD-3-Clause
// Reads and writes safetensors files (github.com/huggingface/safetensors, README, "Format"): 8 bytes with the
// header's length, the header as JSON ({"name": {"dtype", "shape", "data_offsets"}, ...}, perhaps with
// "__metadata__"), then the tensors' values, little-endian, one behind the other without gaps. F32, F16 and
// BF16 are read, F32 is written. The file may hold anything: whatever is not exactly this is refused, with
// file, tensor and reason, and nothing beyond the given bytes is read.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum {
	SAFETENSORS_MAX_HEADER = 8 << 20, // bytes
	SAFETENSORS_MAX_TENSORS = 65536,
	SAFETENSORS_MAX_DIMS = 8,
};

enum safetensor_type { SAFETENSOR_F32, SAFETENSOR_F16, SAFETENSOR_BF16 };

struct safetensor {
	char *name; // owned by the file
	enum safetensor_type type;
	int n_dims;
	int64_t shape[SAFETENSORS_MAX_DIMS];
	int64_t values;
	const unsigned char *data; // as stored, at any alignment
};

struct safetensors; // a file that has been checked

// Maps the file and checks its header and layout (the values are looked at when they are read).
int safetensors_open(struct safetensors **out, const char *path, struct err *err);

// As safetensors_open, from memory that outlives it; `where` stands for the file in errors.
int safetensors_parse(struct safetensors **out, const void *data, size_t size, const char *where,
		      struct err *err);
void safetensors_close(struct safetensors *file);

const char *safetensors_where(const struct safetensors *file);
int safetensors_count(const struct safetensors *file);
const struct safetensor *safetensors_at(const struct safetensors *file, int i); // 0..count-1, by offset
uint64_t safetensors_hash(const struct safetensors *file);			// of every byte of the file

// Index of the tensor called so, or -1.
int safetensors_find(const struct safetensors *file, const char *name);

// Converts the values to fp32, exactly. Refuses NaN and infinity.
int safetensors_read(const struct safetensors *file, const struct safetensor *tensor, float *out,
		     struct err *err);

// Writes n tensors (type F32, data as floats) so that a reader sees the whole file or none. Their values must
// lie one behind the other in memory, in this order, starting at tensor[0].data.
int safetensors_write(const struct safetensor *tensor, int n, const char *path, struct err *err);
