// SPDX-License-Identifier: BSD-3-Clause
// Virtual packets as bytes: Ethernet, IPv4 and TCP or UDP headers as Linux sends them, with right checksums.
// Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct frame_ends {
	uint8_t from_mac[6], to_mac[6];
	uint32_t from_ipv4, to_ipv4; // host byte order
	uint16_t from_port, to_port;
};

#define FRAME_TCP_OVERHEAD 66 // with the time stamp option
#define FRAME_UDP_OVERHEAD 42

// Completes a frame whose payload of `size` bytes stands at out + FRAME_UDP_OVERHEAD already. Returns its
// length.
size_t frame_udp(uint8_t *out, const struct frame_ends *ends, size_t size);

// Likewise at out + FRAME_TCP_OVERHEAD: an ACK segment, with PSH when it ends a message.
size_t frame_tcp(uint8_t *out, const struct frame_ends *ends, size_t size, uint32_t sequence,
		 uint32_t acknowledged, uint32_t time_stamp, int push);
