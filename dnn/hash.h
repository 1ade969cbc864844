// SPDX-License-Identifier: BSD-3-Clause
// FNV-1a, 64 bits (Fowler, Noll, Vo): names descriptions and cache files. Not for hostile input.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START 0xcbf29ce484222325u

static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3u;
	return hash;
}
