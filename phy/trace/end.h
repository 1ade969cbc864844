// SPDX-License-Identifier: BSD-3-Clause
// What happens when a run lasts longer than its trace.
#pragma once

enum trace_end {
	TRACE_HOLD, // the last value stays
	TRACE_LOOP, // the trace starts again
	TRACE_STOP, // the link is dead (no gain, no rate, no delivery); a waypoint trace stays at its last
		    // point
};

// "hold", "loop", "stop", and NULL: what topology files take, in the order of the enum.
extern const char *const trace_end_names[];
