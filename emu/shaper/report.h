// SPDX-License-Identifier: BSD-3-Clause
// Records on their way to the supervisor. The loop fills a report and hands it over; a thread of its own sums
// it up and sends it, so that a slow supervisor never holds a packet up.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "emu/shaper/accuracy.h"
#include "mac/link_record.h"

// What the loop hands over: one instant.
struct report {
	int64_t t_ns;
	int64_t cpu_ns;	    // of the loop's thread (accuracy_cpu_ns)
	bool with_accuracy; // send accuracy too
	bool final;
	struct accuracy accuracy;  // filled when with_accuracy
	uint32_t first_ue, n_ues;  // whose links
	uint32_t n_stamps;	   // links of other UEs and instants, before those
	struct link_record *links; // [n_stamps + n_ues]; room for REPORT_STAMPS and all UEs
	struct impairment_config (
	    *impairments)[LINK_DIRS]; // of each record: the thread works out what to expect
};

// What every accuracy record says besides the loop's measurement.
struct report_facts {
	uint32_t n_ues;
	int channel_fd;
	bool busy_poll, nice_ok;
	const struct capture *capture; // NULL = none
};

#define REPORT_STAMPS 1024 // links of other instants that a report has room for, beside all UEs'

struct reporter;

// facts must outlive the reporter. NULL with errno and a sentence.
struct reporter *reporter_start(const struct report_facts *facts, struct err *err);
// The report to fill; NULL while none is free (wait: never NULL).
struct report *reporter_take(struct reporter *reporter, bool wait);
// Hands the taken report over.
void reporter_hand_over(struct reporter *reporter);
// Sends what was handed over, ends the thread, frees. NULL is allowed.
void reporter_stop(struct reporter *reporter);

// The record that goes out for a report.
void report_accuracy(const struct report_facts *facts, const struct report *report,
		     struct accuracy_record *out);
