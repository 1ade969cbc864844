// SPDX-License-Identifier: BSD-3-Clause
#include "sim/frame.h"

#include <string.h>

enum { ETHERNET = 14, IPV4 = 20, UDP = 8, TCP = 32, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

static uint8_t *put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, v >> 16), v & 0xffff);
}

// The one's complement sum of RFC 1071, not folded yet.
static uint32_t sum16(const uint8_t *p, size_t size, uint32_t sum)
{
	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return size % 2 ? sum + ((uint32_t)p[size - 1] << 8) : sum;
}

static uint32_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

// Ethernet and IPv4 (don't fragment, no identification: RFC 6864). size: of what follows.
static void put_below(uint8_t *out, const struct frame_ends *ends, uint32_t protocol, size_t size)
{
	memcpy(out, ends->to_mac, 6);
	memcpy(out + 6, ends->from_mac, 6);
	uint8_t *ip = put16(out + 12, 0x0800), *p = put16(ip, 0x4500);
	p = put16(p, (uint32_t)(IPV4 + size));
	p = put32(p, 0x4000);
	p = put16(p, 64 << 8 | protocol);
	p = put16(p, 0);
	p = put32(p, ends->from_ipv4);
	put32(p, ends->to_ipv4);
	put16(ip + 10, checksum(sum16(ip, IPV4, 0)));
}

// Of TCP or UDP: over the pseudo header and everything from `at` on.
static uint32_t transport_checksum(const struct frame_ends *ends, uint32_t protocol, const uint8_t *at,
				   size_t size)
{
	uint8_t pseudo[12];
	put16(put16(put32(put32(pseudo, ends->from_ipv4), ends->to_ipv4), protocol), (uint32_t)size);
	return checksum(sum16(at, size, sum16(pseudo, sizeof(pseudo), 0)));
}

size_t frame_udp(uint8_t *out, const struct frame_ends *ends, size_t size)
{
	uint8_t *udp = out + ETHERNET + IPV4;
	put_below(out, ends, PROTOCOL_UDP, UDP + size);
	put16(put16(udp, ends->from_port), ends->to_port);
	put32(udp + 4, (uint32_t)(UDP + size) << 16);
	uint32_t sum = transport_checksum(ends, PROTOCOL_UDP, udp, UDP + size);
	put16(udp + 6, sum ? sum : 0xffff); // 0 would say: no checksum (RFC 768)
	return FRAME_UDP_OVERHEAD + size;
}

size_t frame_tcp(uint8_t *out, const struct frame_ends *ends, size_t size, uint32_t sequence,
		 uint32_t acknowledged, uint32_t time_stamp, int push)
{
	uint8_t *tcp = out + ETHERNET + IPV4;
	put_below(out, ends, PROTOCOL_TCP, TCP + size);
	uint8_t *p = put16(put16(tcp, ends->from_port), ends->to_port);
	p = put32(put32(p, sequence), acknowledged);
	p = put16(p, (TCP / 4) << 12 | 0x10 | (push ? 0x08 : 0)); // ACK, PSH
	p = put16(p, 0xffff);					  // window
	p = put32(p, 0);					  // checksum, urgent pointer
	p = put32(p, 0x0101080a);				  // no-op, no-op, time stamps (RFC 7323)
	put32(put32(p, time_stamp), 0);
	put16(tcp + 16, transport_checksum(ends, PROTOCOL_TCP, tcp, TCP + size));
	return FRAME_TCP_OVERHEAD + size;
}
