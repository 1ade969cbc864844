// SPDX-License-Identifier: BSD-3-Clause
// FNV-1a, 64 bits (Fowler, Noll, Vo): names descriptions and cache files. Not for hostile input.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START 0xcbf29ce484222325u

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}

// For megabytes: four running multiply-and-add sums over 64-bit words, because one would wait for its own
// multiplication; odd factors keep every bit. What is left over goes through FNV-1a.
static inline uint64_t hash_bulk(const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t sum[4] = {1, 2, 3, 4}, word[4];
	size_t whole = size / sizeof(word) * sizeof(word);
	for (size_t i = 0; i < whole; i += sizeof(word)) {
		memcpy(word, bytes + i, sizeof(word));
		for (int k = 0; k < 4; k++)
			sum[k] = (sum[k] ^ word[k]) * 0x9e3779b97f4a7c15u;
	}
	uint64_t all = 0;
	for (int k = 0; k < 4; k++)
		all = (all ^ (sum[k] >> 32) ^ sum[k]) * 0xbf58476d1ce4e5b9u;
	return size > whole ? hash_bytes(all, bytes + whole, size - whole) : all;
}
