// SPDX-License-Identifier: BSD-3-Clause
// What happens when a run lasts longer than its trace.
#pragma once

#include "base/err.h"

enum trace_end {
	TRACE_HOLD, // the last value stays
	TRACE_LOOP, // the trace starts again
	TRACE_STOP, // the link is dead (no gain, no rate, no delivery); a waypoint trace stays at its last
		    // point
};

// "hold", "loop", "stop" into *out. 0, or -EINVAL with a sentence.
int trace_end_parse(const char *name, enum trace_end *out, struct err *err);
