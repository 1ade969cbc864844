// SPDX-License-Identifier: BSD-3-Clause
// A UE's UDP traffic on the wire, and what is counted of it. The payload of a datagram begins with 32 bytes
// (their table is in proto/message_layout.c and docs/protocol.md), then come zeros.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/histogram.h"
#include "proto/layout.h"

#define DATAGRAM_MAGIC 0x44544241u
#define DATAGRAM_HEADER_SIZE 32
#define DATAGRAM_FRAME_OVERHEAD 42 // Ethernet, IPv4 and UDP headers around a payload

struct datagram {
	uint32_t run, ue;
	uint64_t sequence; // from 0
	int64_t sent_ns;   // CLOCK_MONOTONIC, when the sender handed it to its socket
};

extern const struct layout datagram_layout;

void datagram_put(uint8_t out[DATAGRAM_HEADER_SIZE], const struct datagram *d);
bool datagram_get(const uint8_t *in, size_t size, struct datagram *d); // false: not one of ours

// What became of one UE's datagrams. Sender and receiver each know their part; packets_merge joins them.
struct packets_record {
	uint32_t ue, size_bytes; // numbered from 1; UDP payload
	uint64_t sent, received;
	int64_t first_ns, last_ns;			  // arrivals; 0 when there is none
	int64_t delay_min_ns, delay_max_ns;		  // sent to received, of those received
	double delay_mean_ns, delay_p50_ns, delay_p99_ns; // quantiles within 0.8 % (base/histogram.h)
};

void packets_merge(struct packets_record *into, const struct packets_record *part);

// The receiver's count of one UE's datagrams. The sum is an integer, so that equal delays have exactly their
// mean.
struct packets_meter {
	uint64_t received;
	int64_t first_ns, last_ns, delay_sum_ns;
	struct histogram delay;
};

static inline void packets_meter_add(struct packets_meter *m, int64_t delay_ns, int64_t now_ns)
{
	if (m->received++ == 0)
		m->first_ns = now_ns;
	m->last_ns = now_ns;
	m->delay_sum_ns += delay_ns;
	histogram_add(&m->delay, delay_ns);
}

// Fills all but ue, size_bytes and sent.
void packets_meter_read(const struct packets_meter *m, struct packets_record *out);
