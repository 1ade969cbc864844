// SPDX-License-Identifier: BSD-3-Clause
// mahimahi's packet-delivery traces (Netravali et al., USENIX ATC 2015): one whole number of milliseconds a
// line, the instants at which the link can deliver one full-size IP packet of 1500 bytes; a millisecond may
// stand on several lines. As in mahimahi the trace starts again after its last instant; that instant is the
// length of a period.
//
// What an opportunity carries. mahimahi counts what its TUN device hands over, the IP packet and 4 bytes in
// front of it (src/packet: PACKET_SIZE 1504): a full-size packet fills an opportunity. A link here counts
// Ethernet frames, which have 14 bytes in front of the packet: each costs an opportunity 10 bytes less than
// it has (delivery_cost_bits).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/trace/end.h"

#define DELIVERY_BYTES 1504	  // of an opportunity, as mahimahi counts
#define DELIVERY_FRAME_BYTES 1514 // the Ethernet frame of the packet that fills one

// What the rest of a frame, left_bits, takes of an opportunity.
static inline long double delivery_cost_bits(long double left_bits)
{
	const long double free_bits = 8 * (DELIVERY_FRAME_BYTES - DELIVERY_BYTES);
	return left_bits > free_bits ? left_bits - free_bits : 0;
}

struct delivery_trace {
	struct trace_time time;
	uint64_t first; // the opportunity that is the run's first
	size_t n;
	uint32_t *ms; // [n] ascending
};

// Loads path. 0, or a negative errno with a sentence that begins with file:line; refused are an empty file,
// time that goes backwards, anything but whole numbers, a trace that lasts 0 ms, and one that says nothing
// about the run's time (trace_time_check). Freed with delivery_trace_free.
int delivery_trace_load(struct delivery_trace *d, const char *path, const struct trace_time *time,
			struct err *err);
void delivery_trace_free(struct delivery_trace *d);

// Instants count from the run's start.

// The instant of opportunity k = 0, 1, ... Beyond the end: loop as mahimahi does, hold goes on evenly at the
// trace's mean rate, stop gives TIME_NEVER.
int64_t delivery_trace_ns(const struct delivery_trace *d, uint64_t k);

// How many opportunities lie at or before an instant >= 0.
uint64_t delivery_trace_count(const struct delivery_trace *d, int64_t now_ns);

// Mean rate over one period in bit/s of full-size frames.
double delivery_trace_bps(const struct delivery_trace *d);

// The same over the second before an instant >= 0; in the first second, over that second.
double delivery_trace_recent_bps(const struct delivery_trace *d, int64_t now_ns);

// The air that one opportunity at an instant stands for, as in LTE, whose trace this is: those of one
// millisecond share it equally.
int64_t delivery_trace_airtime_ns(const struct delivery_trace *d, int64_t at_ns);
