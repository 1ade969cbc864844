// SPDX-License-Identifier: BSD-3-Clause
// What airbatch-shaper tells the supervisor of itself over its channel (base/channel.h), beside link records
// (mac/link_record.h). Plain structs of one build.
#pragma once

#include <stdint.h>

// Why a received packet was not put on a link.
enum filter_reason {
	FILTER_ARP,		    // neighbours are static here
	FILTER_IPV6,		    // switched off in a run
	FILTER_MULTICAST,	    // and broadcast
	FILTER_OTHER_PROTOCOL,	    // not IPv4
	FILTER_UNKNOWN_SOURCE,	    // no UE's or not the edge's address
	FILTER_UNKNOWN_DESTINATION, // likewise
	FILTER_UE_TO_UE,	    // UEs reach the edge only
	FILTER_WRONG_IP,	    // a UE's frame with the IPv4 address of somebody else
	FILTER_TRUNCATED, // longer than the port's frame: segmentation offload is on at an inner end
	FILTER_NO_BUFFER, // more packets are under way than the shaper has buffers for
	FILTER_ENDED,	  // still on a link, or just received, when the run ended
	FILTER_REASONS
};

// "ARP", "from an unknown address", ...
const char *filter_name(enum filter_reason reason);

// Delivery errors: the instant at which the packet had left the port minus the model's delivery instant.
struct delay_error {
	uint64_t count;
	int64_t p50_ns, p99_ns, p999_ns, max_ns;
	double mean_ns;
};

enum accuracy_scope { ACCURACY_UP, ACCURACY_DOWN, ACCURACY_ALL, ACCURACY_SCOPES };

// The shaper's own measurement of itself since the epoch (or, without a supervisor, since its loop began).
struct accuracy_record {
	int64_t t_ns;	  // CLOCK_MONOTONIC, when this was measured
	int64_t since_ns; // CLOCK_MONOTONIC, when measuring began
	struct delay_error delay[ACCURACY_SCOPES];
	uint64_t late_polls;	// passes that found a packet more than 200 us overdue
	uint64_t overruns;	// packets that left more than 5 ms late
	uint64_t rx_ring_drops; // packets the kernel lost because a port's ring was full
	uint64_t tx_retries;	// a port took fewer packets than it was given
	uint64_t tx_failures;	// packets a port refused for good
	uint64_t filtered[FILTER_REASONS];
	uint64_t capture_packets, capture_drops; // written to captures; lost because the writer was behind
	double cpu_share;			 // processor time of the loop's thread / elapsed time
	double busy_share;			 // time outside the wait / elapsed time
	double spin_share; // time spun towards deadlines / elapsed time, in both of them
	int64_t lead_ns;   // how much before a deadline the loop wakes at present
	int32_t busy_poll; // 1 = the busy-polling loop, 0 = ppoll
	int32_t nice_ok;   // 1 = the loop runs at the priority it wants
	int32_t final;	   // 1 = the last one, sent before DONE
};
