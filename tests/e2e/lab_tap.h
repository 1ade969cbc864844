// SPDX-License-Identifier: BSD-3-Clause
// A capture at a port of the laboratory: when the kernel saw each UDP packet of LAB_PORT leave or enter a
// node, by its own software time stamp in nanoseconds (libpcap), so that two taps measure whatever lies
// between them.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "tests/e2e/shaper_lab.h"

struct lab_tap;

enum lab_tap_side { LAB_TAP_SENT, LAB_TAP_RECEIVED };

struct lab_tap_packet {
	uint32_t sequence; // the first four bytes of the payload, in host order
	uint32_t bytes;	   // of the Ethernet frame
	int64_t t_ns;	   // CLOCK_REALTIME
};

// The calling thread becomes part of the measuring apparatus: every processor but the last one (which is the
// busy-polling shaper's), a raised priority and exact timers. What the machine refuses is left as it is.
void lab_apparatus(void);

// Takes a session of its own for the process and raises it over other sessions, where the kernel groups tasks
// by session (sched_autogroup): without, the priority of lab_apparatus counts for nothing beside another
// terminal's work. A shell's job cannot, and stays as it is. Processes forked later belong to the session.
void lab_apparatus_session(void);

// Starts capturing on eth0 of a node, at most max packets, in a thread of its own. With file, also writes
// them as a nanosecond pcap. NULL with a sentence on failure; the caller ends and frees it with
// lab_tap_close.
struct lab_tap *lab_tap_open(const struct lab *lab, const char *node, enum lab_tap_side side, size_t max,
			     const char *file, struct err *err);

// The newest sequence seen, -1 before the first. Any thread; some milliseconds behind.
int64_t lab_tap_newest(const struct lab_tap *tap);

// Ends the capture; everything stamped before is in. Returns how many packets, which are the tap's.
size_t lab_tap_end(struct lab_tap *tap, const struct lab_tap_packet **packets);
// Packets the capture lost; they are missing in the list. After lab_tap_end.
unsigned lab_tap_lost(const struct lab_tap *tap);
void lab_tap_close(struct lab_tap *tap);
