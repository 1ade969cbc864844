// SPDX-License-Identifier: BSD-3-Clause
// The shaper measures itself: counts and histograms kept by the loop, summed up elsewhere
// (records/shaper_record.h names them).
#pragma once

#include <stdint.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/lateness.h"
#include "mac/link.h"
#include "records/shaper_record.h"

#define ACCURACY_LATE_NS (200 * NS_PER_US)
#define ACCURACY_OVERRUN_NS (5 * NS_PER_MS)

struct accuracy {
	struct lateness send[LINK_DIRS]; // of packets as they leave: after the model's instant
	struct lateness ring;		 // .. as they come: after the kernel took them in
	struct lateness timer;		 // of the loop's upkeep: after its instant
	struct lateness grant;		 // of what the edge grants: after it said so
	int64_t since_ns, since_cpu_ns;	 // when measuring began, and the thread's processor time then
	int64_t waited_ns;		 // in ppoll
	int64_t spun_ns, lead_ns;	 // spun towards deadlines; how much before them it wakes at present
	uint64_t late_polls, overruns;
	uint64_t rx_ring_drops, tx_retries, tx_failures;
	uint64_t filtered[FILTER_REASONS];
};

// Forgets everything and begins at now. Called by the loop's thread (it reads that thread's processor time).
void accuracy_begin(struct accuracy *accuracy, int64_t now);

// Processor time of the calling thread, user and system.
int64_t accuracy_cpu_ns(void);

// Sums up what was measured until now, the loop's thread having used cpu_ns in all. Fills all but the capture
// counts, busy_poll, nice_ok and final.
void accuracy_summarise(const struct accuracy *accuracy, int64_t now, int64_t cpu_ns,
			struct accuracy_record *out);

// The record as a table for the person.
void accuracy_print(FILE *file, const struct accuracy_record *record);
