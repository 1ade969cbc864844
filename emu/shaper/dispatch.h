// SPDX-License-Identifier: BSD-3-Clause
// Records on their way to the supervisor. The loop fills a dispatch and hands it over; a thread of its own
// sums it up and sends it, so that a slow supervisor never holds a packet up.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "emu/shaper/accuracy.h"
#include "mac/link_record.h"

// What the loop hands over: one instant.
struct dispatch {
	int64_t t_ns;
	int64_t cpu_ns;	    // of the loop's thread (accuracy_cpu_ns)
	bool with_accuracy; // send accuracy too
	bool final;
	struct accuracy accuracy;  // filled when with_accuracy
	uint32_t first_ue, n_ues;  // whose links
	uint32_t n_stamps;	   // links of other UEs and instants, before those
	struct link_record *links; // [n_stamps + n_ues]; room for DISPATCH_STAMPS and all UEs
	struct impairment_config (
	    *impairments)[LINK_DIRS]; // of each record: the thread works out what to expect
};

// What every accuracy record says besides the loop's measurement.
struct dispatch_facts {
	uint32_t n_ues;
	int channel_fd;
	bool busy_poll, nice_ok;
	const struct capture *capture; // NULL = none
};

#define DISPATCH_STAMPS 1024 // links of other instants that a dispatch has room for, beside all UEs'

struct dispatcher;

// facts must outlive the dispatcher. NULL with errno and a sentence.
struct dispatcher *dispatcher_start(const struct dispatch_facts *facts, struct err *err);
// The dispatch to fill; NULL while none is free (wait: never NULL).
struct dispatch *dispatcher_take(struct dispatcher *dispatcher, bool wait);
// Hands the taken dispatch over.
void dispatcher_hand_over(struct dispatcher *dispatcher);
// Sends what was handed over, ends the thread, frees. NULL is allowed.
void dispatcher_stop(struct dispatcher *dispatcher);

// The record that goes out for a dispatch.
void dispatch_accuracy(const struct dispatch_facts *facts, const struct dispatch *dispatch,
		       struct accuracy_record *out);
