// SPDX-License-Identifier: BSD-3-Clause
// A UE's link at an instant: what the shaper and the simulator record of it (links.csv), and what may be
// expected of it. Plain structs of one build, which airbatch-shaper also sends over its channel
// (base/channel.h).
#pragma once

#include <stdint.h>
#include "mac/cell.h"
#include "mac/link.h"

// One line of links.csv. A CHANNEL_LINK message holds an array of them, as many as
// fit.
struct link_record {
	int64_t t_ns; // CLOCK_MONOTONIC
	uint32_t ue;
	double gain_db, snr_db; // snr: uplink, over the band that the rate is for
	double bandwidth_hz;	// uplink: the UE's own; in a shared band the part it is served with just now
	double rate_bps[LINK_DIRS];	 // over its own band, or over the whole shared one
	uint64_t queue_bytes[LINK_DIRS]; // now; the rest are totals since the shaper started
	uint64_t bytes[LINK_DIRS];	 // sent
	uint64_t packets[LINK_DIRS];	 // sent
	uint64_t drops[LINK_DIRS];	 // packets refused by a full queue, or dropped by CoDel
	uint64_t lost[LINK_DIRS];	 // packets lost on the air, by the model
	int64_t airtime_ns[LINK_DIRS];
	int64_t delay_ns[LINK_DIRS]; // fixed delay
	// What may be expected (mac/goodput.h): by a stream of full frames of rate_bps' band; on its way, by
	// an upload (a stream) and by a message to the UE (a lone packet).
	double goodput_bps[LINK_DIRS], way_s[LINK_DIRS];
};

#define LINK_RECORD_FRAME_BYTES 1514 // a full frame, for that expectation

// A UE's record from its cell, with the cell's time as t_ns, but for what may be expected; that costs up to
// 0.1 ms (an integral over HARQ's delays), and follows from the record and the impairments, wherever there is
// time for it.
void link_record_read(struct link_record *record, struct cell *cell, uint32_t ue, int64_t now,
		      struct impairment_config impairments[LINK_DIRS]);
void link_record_expect(struct link_record *record, const struct impairment_config impairments[LINK_DIRS]);
