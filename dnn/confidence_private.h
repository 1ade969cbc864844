// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the file of dnn/confidence.h, in the machine's own byte order: a cache, not for exchange.
// header, then count x (n_exits + 1) struct confidence_answer.
#pragma once

#include <stdint.h>

#define CONFIDENCE_MAGIC "airbconf"
enum { CONFIDENCE_VERSION = 1 };

struct confidence_header {
	char magic[8];
	uint32_t version, count, n_exits, reserved;
	uint64_t network_hash;
	uint64_t checksum; // FNV-1a of everything behind the header
};
