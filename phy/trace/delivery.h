// SPDX-License-Identifier: BSD-3-Clause
// mahimahi's packet-delivery traces (Netravali et al., USENIX ATC 2015): one whole number of milliseconds a
// line, the instants at which the link can deliver one packet of at most 1504 bytes; a millisecond may stand
// on several lines. As in mahimahi the trace starts again after its last instant; that instant is the length
// of a period.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/trace/end.h"

#define DELIVERY_BYTES 1504

struct delivery_trace {
	enum trace_end end;
	size_t n;
	uint32_t *ms; // [n] ascending
};

// Loads path. 0, or a negative errno with a sentence that begins with file:line; refused are an empty file,
// time that goes backwards, anything but whole numbers, and a trace that lasts 0 ms. Freed with
// delivery_trace_free.
int delivery_trace_load(struct delivery_trace *d, const char *path, enum trace_end end, struct err *err);
void delivery_trace_free(struct delivery_trace *d);

// The instant of opportunity k = 0, 1, ... after the start. Beyond the end: loop as mahimahi does, hold goes
// on evenly at the trace's mean rate, stop gives TIME_NEVER.
int64_t delivery_trace_ns(const struct delivery_trace *d, uint64_t k);

// How many opportunities lie at or before an instant >= 0.
uint64_t delivery_trace_count(const struct delivery_trace *d, int64_t now_ns);

// Mean rate of full packets over one period in bit/s.
double delivery_trace_bps(const struct delivery_trace *d);

// The rate in bit/s over the second before an instant >= 0; in the first second, over that second.
double delivery_trace_recent_bps(const struct delivery_trace *d, int64_t now_ns);

// The air that one opportunity at an instant stands for, as in LTE, whose trace this is: those of one
// millisecond share it equally.
int64_t delivery_trace_airtime_ns(const struct delivery_trace *d, int64_t at_ns);
