// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/end.h"

#include <errno.h>
#include <string.h>

int trace_end_parse(const char *name, enum trace_end *out, struct err *err)
{
	static const char *const names[] = {
	    [TRACE_HOLD] = "hold", [TRACE_LOOP] = "loop", [TRACE_STOP] = "stop"};
	for (int i = TRACE_HOLD; i <= TRACE_STOP; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out = (enum trace_end)i;
			return 0;
		}
	}
	return err_set(err, EINVAL, "end of trace '%s' is unknown: write hold, loop or stop", name);
}
