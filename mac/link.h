// SPDX-License-Identifier: BSD-3-Clause
// The shared link of a cell: one queue per UE and direction, each in front of its own share of the band.
//
// A packet waits in its queue (first in, first out), is transmitted at the flow's rate, and is delivered a
// fixed delay after its last bit was sent. The model is fluid and exact: a packet of B bytes at R bit/s
// occupies the flow's band for 8 B 1e9 / R nanoseconds, fractions of a nanosecond are carried from packet to
// packet, and departures follow from arrivals and rates alone, never from when somebody calls. Pure: no
// clock, no packet contents, no randomness.
//
// Bytes are the length of the Ethernet frame as a pcap file shows it (14-byte header, payload; no preamble,
// no FCS, no interframe gap): the convention of Linux tc, so that a tbf or htb of the same rate carries the
// same packets.
//
// This is the link of flows whose rates somebody sets. Who is granted which part of the band when, what the
// channel does to the rates, loss, HARQ, jitter and CoDel are in mac/cell.h, which drives a link.
//
// Not thread-safe: one owner a link.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/clock.h"
#include "base/err.h"

enum link_dir { LINK_UP, LINK_DOWN, LINK_DIRS }; // UE -> edge, edge -> UE

// What became of a packet. A link by itself delivers every packet that it takes in.
enum link_fate {
	LINK_DELIVERED,
	LINK_LOST,    // on the air: it was sent but does not arrive
	LINK_DROPPED, // by CoDel: it was never sent
};

#define LINK_MAX_UES (1u << 20)
#define LINK_MAX_PACKET_BYTES (1u << 24)
#define LINK_MIN_RATE_BPS 1.0 // a rate below counts as 0: nothing moves
#define LINK_MAX_RATE_BPS 1e12
#define LINK_MAX_DELAY_NS (3600 * NS_PER_S)

struct link_flow_config {
	double rate_bps;      // 0 = nothing moves until link_set_rate raises it
	int64_t delay_ns;     // from the last bit sent to delivery
	uint64_t limit_bytes; // of packets whose last bit has not been sent, the one in transmission included
	uint32_t limit_packets; // likewise; 0 = bytes alone decide
};

struct link_config {
	uint32_t n_ues;
	const struct link_flow_config
	    *flows; // n_ues x LINK_DIRS, a UE's uplink first; read during link_new only
};

// A delivered packet and its four instants.
struct link_packet {
	uint32_t ue;
	uint32_t dir; // enum link_dir
	uint32_t bytes;
	uint8_t fate;	       // enum link_fate; a packet that is not delivered is handed out all the same
	uint8_t transmissions; // 1 without HARQ; 0 when dropped
	uint64_t cookie;       // the caller's, as given to link_enqueue
	int64_t enqueued_ns;   // arrival
	int64_t start_ns;      // the first bit is sent
	int64_t end_ns;	       // the last bit has been sent (rounded up to the nanosecond)
	int64_t deliver_ns;    // end_ns + delay (+ HARQ round trips and jitter)
};

// A flow's totals at an instant. Conservation: enqueued = sent + dropped + queued; sent >= delivered + lost.
struct link_counters {
	uint64_t enqueued_packets, enqueued_bytes;   // offered, drops included
	uint64_t packets, bytes;		     // sent: the last bit is out
	uint64_t drops, dropped_bytes;		     // refused by a full queue, or dropped by CoDel
	uint64_t lost_packets, lost_bytes;	     // sent, but they do not arrive
	uint64_t retransmissions;		     // of HARQ
	uint64_t delivered_packets, delivered_bytes; // handed out by link_dequeue
	uint64_t queue_packets, queue_bytes;	     // the last bit is not out yet
	int64_t airtime_ns; // time the band was occupied, the part of a running transmission included; over
			    // a part of a shared band that part of the time
};

struct link;

// A link whose time starts at now. NULL with errno and a sentence when a value is out of range or memory is
// short. The caller frees it with link_free; cookies still inside are forgotten (see link_drain).
struct link *link_new(const struct link_config *config, int64_t now, struct err *err);
void link_free(struct link *link);

// Moves the link's time to now. The calls below do it first; an instant before the link's time counts as the
// link's time.
void link_advance(struct link *link, int64_t now);

// A packet arrives. 0; -ENOBUFS when the queue is full (drop-tail, counted; the cookie stays the caller's);
// -EINVAL for an unknown UE, direction or size (1 .. LINK_MAX_PACKET_BYTES); -ENOMEM.
int link_enqueue(struct link *link, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now);

// The next delivery, or an instant before it; TIME_NEVER when nothing is on its way (or all of it waits for a
// rate above 0).
int64_t link_next_event(const struct link *link);

// Writes up to max packets delivered by now, in order of delivery (equal instants: lower UE, uplink first).
// Returns how many; max means there may be more.
size_t link_dequeue(struct link *link, int64_t now, struct link_packet *out, size_t max);

// The flow's rate is rate_bps from now on; what a running transmission has sent stays sent. 0, or -EINVAL for
// an unknown flow or a rate that is negative, not finite or above LINK_MAX_RATE_BPS.
int link_set_rate(struct link *link, uint32_t ue, enum link_dir dir, double rate_bps, int64_t now);
double link_rate(const struct link *link, uint32_t ue, enum link_dir dir);

// The flow's totals at now, delivered or not.
void link_read_counters(struct link *link, uint32_t ue, enum link_dir dir, int64_t now,
			struct link_counters *out);

// Takes any one packet out, sent or not (to free cookies before link_free). 1 with its cookie, 0 when empty.
int link_drain(struct link *link, uint64_t *cookie);
