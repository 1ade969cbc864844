// SPDX-License-Identifier: BSD-3-Clause
// The memory-mapped packet rings of the shaper's ports: four, one for each port and direction. DPDK's driver
// locks them into memory, of which a process may have little (RLIMIT_MEMLOCK; `ulimit -l`).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct ring_shape {
	uint32_t frame_bytes; // the kernel's header (at most 96 bytes) and a packet
	uint32_t block_bytes, frames;
};

struct ring_shape rings_wanted(uint32_t mtu);
size_t rings_bytes(const struct ring_shape *ring); // of all four

// The wanted shape with as many frames as this process may lock. 0, or -EAGAIN and a sentence with the remedy
// when it may not even lock the fewest that a port can work with.
int rings_lockable(struct ring_shape *ring, uint32_t mtu, struct err *err);
