// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/end.h"

#include <stddef.h>

const char *const trace_end_names[] = {
    [TRACE_HOLD] = "hold", [TRACE_LOOP] = "loop", [TRACE_STOP] = "stop", NULL};
