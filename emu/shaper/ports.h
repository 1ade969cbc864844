// SPDX-License-Identifier: BSD-3-Clause
// The two ports, network interfaces of the shaper's namespace driven through DPDK's af_packet driver, and the
// packet buffers they share.
#pragma once

#include <net/if.h>
#include <stdint.h>
#include "base/err.h"
#include "setup/shaper_config.h"

#include <rte_mbuf.h> // after ours: DPDK has an NS_PER_S too

#define PORT_SEND_BYTES (64 * 1024 * 1024) // wanted of a port's send buffer

struct port {
	char name[IF_NAMESIZE]; // the interface
	uint16_t id;		// DPDK's
	int send_bytes;		// of its send buffer
	int fd;			// the driver's packet socket (borrowed): to be polled for received packets
	const uint8_t *ring;	// the driver's receive ring, mapped once more: for the kernel's stamps
	size_t ring_bytes;
	uint32_t frames, frame_bytes, next; // of the ring; the frame that the driver reads next
};

struct ports {
	struct port trunk, edge;
	struct rte_mempool *pool;
	uint32_t ring_frames; // packets each port's receive ring holds
	bool small_rings;     // fewer than wanted: this process may not lock more memory
};

// Bytes of packet memory `ports_open` will need with this many buffers.
size_t ports_memory(const struct shaper_config *config, uint32_t n_buffers);

// Opens and starts both ports with one receive and one transmit queue each. 0, or a negative errno and a
// sentence (no such interface, another MTU, driver missing, not allowed). Needs eal_start.
int ports_open(const struct shaper_config *config, uint32_t n_buffers, struct ports *ports, struct err *err);
// Whether ports can be opened at all here: the driver is there, and packet sockets are allowed. Needs
// eal_start.
int ports_check(struct err *err);
void ports_close(struct ports *ports);

// When the kernel took in the packets that the next bursts will bring, up to `most` of them: CLOCK_REALTIME
// in stamps_ns. Returns how many are there.
uint16_t port_peek(const struct port *port, int64_t stamps_ns[], uint16_t most);
// Takes in n packets, no more than port_peek has found. Returns how many (fewer: no buffers are left).
uint16_t port_receive(struct port *port, struct rte_mbuf *packets[], uint16_t n);

// Packets the kernel lost since the last call because the port's receive ring was full.
uint64_t port_ring_drops(struct port *port);
// Packets the port's driver could not send, in all.
uint64_t port_send_errors(const struct port *port);
