// SPDX-License-Identifier: BSD-3-Clause
// What is known of a captured packet beside its bytes, and that as a line for people: the comment of a pcapng
// packet.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "mac/cell.h"

enum capture_fate {
	CAPTURE_PASSED,	    // nothing to say
	CAPTURE_DELIVERED,  // over the radio
	CAPTURE_LOST,	    // on the air, by the model
	CAPTURE_CODEL,	    // dropped at the queue's head
	CAPTURE_QUEUE_FULL, // dropped at the queue's end
	CAPTURE_REFUSED,    // never put on a link: `reason`
};

struct capture_facts {
	const char *reason;	  // CAPTURE_REFUSED: a text that stays
	int64_t queue_ns, air_ns; // waiting; from the first bit sent to the last, retransmissions included
	float gain_db, snr_db;	  // now
	float band_hz;		  // granted, on average over the transmission
	uint8_t fate;		  // enum capture_fate
	uint8_t transmissions;	  // 1 without HARQ
};

// Of a packet that has left its link, and of its UE's radio at that instant.
struct capture_facts capture_facts_of(const struct link_packet *packet, const struct cell_radio *radio);

// Of a packet that a full queue has refused.
struct capture_facts capture_facts_of_refused(const struct cell_radio *radio);

// "gain -82.2 dB, SNR 13.9 dB, granted 1 MHz, queued 1.234 ms, on the air 0.605 ms"; what did not arrive
// begins with "dropped" or "lost". Returns the length, 0 for CAPTURE_PASSED; always terminated.
size_t capture_comment(const struct capture_facts *facts, char *text, size_t size);
