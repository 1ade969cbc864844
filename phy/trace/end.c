// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/end.h"

#include <errno.h>
#include <stddef.h>
#include "base/clock.h"

const char *const trace_end_names[] = {
    [TRACE_HOLD] = "hold", [TRACE_LOOP] = "loop", [TRACE_STOP] = "stop", NULL};

int trace_time_check(const struct trace_time *time, int64_t first_ns, int64_t last_ns, const char *path,
		     struct err *err)
{
	const char *key = time->start_key ? time->start_key : "start";
	if (time->start_ns > 0 && time->start_ns >= last_ns)
		return err_set(err, EINVAL,
			       "%s ends at %.9g s, but %s is %.9g s: the run must begin inside the trace",
			       path, ns_to_s(last_ns), key, ns_to_s(time->start_ns));
	if (time->run_ns > 0 && first_ns >= time->start_ns + time->run_ns)
		return err_set(err, EINVAL,
			       "%s begins at %.9g s, after the end of the run (%.9g s): nothing of it would "
			       "happen; %s: %.9gs makes this the run's time 0",
			       path, ns_to_s(first_ns), ns_to_s(time->start_ns + time->run_ns), key,
			       ns_to_s(first_ns));
	return 0;
}
