// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the file of dnn/samples.h, in the machine's own byte order: a cache, not for exchange.
//
//   header, padded to SAMPLES_ALIGNMENT
//   `count` records of record_bytes: the input as it travels; the fp32 tensors at cuts 1..N as they travel
//   (N: the cpu executor's result); the fp32 reference result; for fp16 and then int8, for each cut 1..N-1:
//   the encoded tensor and the cpu executor's fp32 result from there; for each exit the fp32 reference result
//   and the cpu executor's; each at the next multiple of SAMPLES_ALIGNMENT
#pragma once

#include <stdint.h>
#include "dnn/features.h"
#include "dnn/network.h"

#define SAMPLES_MAGIC "airbatch"
enum { SAMPLES_VERSION = 2, SAMPLES_ALIGNMENT = 64, SAMPLES_MAX_COUNT = 4096 };

struct samples_header {
	char magic[8];
	uint32_t version, count;
	uint64_t network_hash;
	uint64_t record_bytes; // of one sample
	uint64_t file_bytes;
	uint64_t checksum; // samples_checksum of everything behind the header
	uint64_t seed;
};

static inline uint64_t samples_align(uint64_t bytes)
{
	return (bytes + SAMPLES_ALIGNMENT - 1) / SAMPLES_ALIGNMENT * SAMPLES_ALIGNMENT;
}

static inline uint64_t samples_header_bytes(void)
{
	return samples_align(sizeof(struct samples_header));
}

// Part of a record: the tensor encoded at cut 1..N-1 (features not fp32). Its result is the part behind it.
static inline int samples_encoded_part(const struct network *net, int cut, enum features features)
{
	int before = ((int)features - FEATURES_FP16) * (net->n_subtasks - 1) + cut - 1;
	return net->n_subtasks + 2 + 2 * before;
}

// The reference result of an exit, from 1. The cpu executor's is the part behind it.
static inline int samples_exit_part(const struct network *net, int exit)
{
	return net->n_subtasks + 2 + 2 * (FEATURES_COUNT - FEATURES_FP16) * (net->n_subtasks - 1) +
	       2 * (exit - 1);
}

static inline int samples_parts(const struct network *net)
{
	return samples_exit_part(net, net->n_exits + 1);
}

// Offset in a record of the tensor at cut 0..N; N + 1: the reference result; from N + 2 on: see above;
// samples_parts: the record's size.
uint64_t samples_offset(const struct network *net, int part);

// The values at cut 1..N of a record: behind the table of what travels.
static inline void *samples_tensor(char *record, const struct network *net, int cut)
{
	return record + samples_offset(net, cut) + features_table_bytes(net, cut);
}

// Fills the encoded tensors and their results of a record that holds the fp32 tensors. executor: cpu. -EDOM
// when int8 cannot hold a tensor.
struct executor;
int samples_encode(char *record, const struct network *net, struct executor *executor, struct err *err);

// A seeded scene of n points, [n][4]: x, y, z in metres, intensity. 0 or -ENOMEM.
int samples_draw_points(uint64_t seed, int index, int n, float *points);

// bytes: a multiple of SAMPLES_ALIGNMENT.
uint64_t samples_checksum(const void *data, uint64_t bytes);
