// SPDX-License-Identifier: BSD-3-Clause
// What of this machine spoils a run for certain is refused before anything starts; what may spoil it is said
// before, and at the end what came of it. (`airbatch doctor` looks at more, and measures.)
#pragma once

#include "base/err.h"
#include "base/quota.h"
#include "records/results/results.h"
#include "setup/topology/topology.h"

struct preflight {
	struct quota quota;
	int64_t stopped_ns; // by it, before the run began
};

// 0, or a negative errno and a sentence with the remedy.
int preflight_check(struct preflight *p, const struct topology *t, struct err *err);

// The run begins.
void preflight_begin(struct preflight *p);
// What the quota did to it since, as a note of the run.
void preflight_note(const struct preflight *p, struct results *r);
