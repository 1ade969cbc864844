// SPDX-License-Identifier: BSD-3-Clause
// The packets a precision measurement sends: UDP payloads of 64 to 1448 bytes, uniformly drawn, whose first
// four bytes are their number.
#pragma once

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/e2e/lab_tap.h"

#define TRAFFIC_MIN_PAYLOAD 64
#define TRAFFIC_MAX_PAYLOAD 1448

struct traffic {
	int socket; // connected
	uint64_t seed;
	double rate_bps;
	int64_t duration_ns;
	size_t max_packets;
	const volatile sig_atomic_t *stop; // set: end early

	// Poisson arrivals at this share of the rate; or, when 0, a backlog: backlog_bytes are kept between
	// the sender and the receiver's tap, so that the shaper never runs dry and its queue never fills.
	double load;
	uint64_t backlog_bytes;
	const struct lab_tap *receiver;
};

// Sends for duration_ns, in a thread of its own that is part of the apparatus. Returns how many packets; a
// negative errno when the thread cannot be had.
int64_t traffic_send(const struct traffic *traffic);
