// SPDX-License-Identifier: BSD-3-Clause
// Who is called what in the network of a run (emu/netns/testbed.h): the shaper's two interfaces, and MAC and
// IPv4 addresses as pure functions of the subnet and the UE's index (from 0). People read them off: ue7 is
// 02:ab:00:00:00:07, the edge 02:ab:ff:00:00:01 (locally administered).
#pragma once

#include <stdint.h>
#include <string.h>

#define TESTBED_TRUNK "trunk0"
#define TESTBED_EDGE_PORT "edge0"

static inline void address_ue_mac(int ue, uint8_t mac[6])
{
	const unsigned number = (unsigned)ue + 1;
	memcpy(mac, (uint8_t[]){0x02, 0xab, 0x00, 0x00, (uint8_t)(number >> 8), (uint8_t)number}, 6);
}

static inline void address_edge_mac(uint8_t mac[6])
{
	memcpy(mac, (uint8_t[]){0x02, 0xab, 0xff, 0x00, 0x00, 0x01}, 6);
}

// Host byte order. The edge has the subnet's first host, ue1 the next.
static inline uint32_t address_edge_ipv4(uint32_t subnet)
{
	return subnet + 1;
}

static inline uint32_t address_ue_ipv4(uint32_t subnet, int ue)
{
	return subnet + 2 + (uint32_t)ue;
}
