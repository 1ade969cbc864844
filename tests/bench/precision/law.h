// SPDX-License-Identifier: BSD-3-Clause
// What a shaper should have done with the packets that entered it, and how far it was from that. Pure.
#pragma once

#include <stddef.h>
#include <stdint.h>

// A packet that went through.
struct crossing {
	int64_t in_ns, out_ns; // of one clock
	uint32_t bytes;	       // of the Ethernet frame, tc's and mac/link.h's measure
};

enum law_kind {
	// The radio link (mac/link.h, with a queue that never fills), netem with a rate as well:
	// out = max(in, end of the packet before) + 8 bytes / rate + delay.
	LAW_LINK,
	// tc's tbf: tokens come at the rate up to burst bytes; a packet leaves when they cover all of it.
	LAW_BUCKET,
	// tc's htb: as tbf, but a packet leaves as soon as there is no debt of tokens, and may make one.
	LAW_BUCKET_DEBT,
};

struct law {
	enum law_kind kind;
	double rate_bps;    // above 0
	double burst_bytes; // of a bucket
	int64_t delay_ns;   // of a link
};

// Writes error_us[i] = out - what the law gives, for n crossings in order of arrival, the shaper idle (the
// bucket full) before the first. Departures follow from the arrivals alone: an error never shifts the law.
void law_errors(const struct law *law, const struct crossing *crossings, size_t n, double *error_us);

struct rate_error {
	unsigned windows; // how many whole windows there were; 0 = no figure
	double worst;	  // the (signed) relative error farthest from 0
	size_t packets;	  // in all windows
};

// The rate of a flow that always had something to send, over windows of window_ns one after the other, of
// which the first starts at the first packet skip_ns after the first departure. A window runs from a
// departure to the first one at least window_ns later, so that no packet counts in part.
struct rate_error rate_errors(const struct crossing *crossings, size_t n, double rate_bps, int64_t window_ns,
			      int64_t skip_ns);
