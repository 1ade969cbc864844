// SPDX-License-Identifier: BSD-3-Clause
// Whether others wanted this machine's processors: evidence that stands beside what was measured meanwhile.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// Counters since the machine started; differences count.
struct disturbance {
	int64_t at_ns;
	int64_t steal_ns;    // the hypervisor ran somebody else, over all processors (/proc/stat, in ticks)
	int64_t pressure_ns; // some task waited for a processor (/proc/pressure/cpu); -1 = the kernel does
			     // not say
};

struct disturbance disturbance_now(void);

// What came between: shares of the time, of one processor.
double disturbance_steal(const struct disturbance *since, const struct disturbance *until);
double disturbance_pressure(const struct disturbance *since,
			    const struct disturbance *until); // NAN = not said
