// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: what a source of edge/process/energy.h is. A new one is a file and a row in energy.c.
#pragma once

#include <stdbool.h>
#include "edge/process/energy.h"

#define ENERGY_PERIOD_NS (100 * 1000000LL) // between two samples

struct energy_source {
	const char *executor; // that computes on it
	// *self is the source's own; text describes it. -ENOENT with a sentence when the machine has none.
	int (*open)(void **self, const struct energy_places *places, char *text, size_t size,
		    struct err *err);
	// Called every ENERGY_PERIOD_NS and at each reading, now_ns apart: joules since open.
	int (*sample)(void *self, int64_t now_ns, double *joules, struct err *err);
	void (*close)(void *self);
};

extern const struct energy_source nvml_source, rapl_source;
