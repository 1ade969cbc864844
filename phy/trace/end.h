// SPDX-License-Identifier: BSD-3-Clause
// How the time of a trace lies in the time of a run: where the run begins in the trace, and what happens when
// the run lasts longer.
#pragma once

#include <stdint.h>
#include "base/err.h"

enum trace_end {
	TRACE_HOLD, // the last value stays
	TRACE_LOOP, // the trace starts again
	TRACE_STOP, // the link is dead (no gain, no rate, no delivery); a waypoint trace stays at its last
		    // point
};

// "hold", "loop", "stop", and NULL: what topology files take, in the order of the enum.
extern const char *const trace_end_names[];

struct trace_time {
	enum trace_end end;
	int64_t start_ns;      // the trace's time at which the run begins, >= 0
	int64_t run_ns;	       // how long the run lasts; 0 = not known
	const char *start_key; // what sets start_ns, for refusals; NULL = "start"
};

// Does a trace that has something from first_ns on, and ends at last_ns, say anything about the run? 0, or
// -EINVAL with a sentence that begins with path: it begins after the run's end, or ends before the run's
// start.
int trace_time_check(const struct trace_time *time, int64_t first_ns, int64_t last_ns, const char *path,
		     struct err *err);
