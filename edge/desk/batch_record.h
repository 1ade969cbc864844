// SPDX-License-Identifier: BSD-3-Clause
// A batch that has run, as a row and in the totals. Pure: the emulated edge and the simulated one share it.
#pragma once

#include "edge/desk/batcher.h"

// When a batch ran, how long the executor (or the profile) says it took, and what the profile says of it, as
// in struct batch_record.
struct batch_times {
	int64_t start_ns, end_ns, noticed_ns, run_ns;
	int64_t profile_ns, profile_p95_ns;
	double drift;
	bool replayed;
};

// Of a batch that has just taken what its profile says, at end_ns: median and 95th percentile of F_n(b).
struct batch_times batch_times_of_profile(const struct batch *batch, int64_t end_ns, int64_t median_ns,
					  int64_t p95_ns);

// Before batcher_done, while the members still stand at the batch's sub-task.
void batch_record_fill(struct batch_record *record, const struct batch *batch,
		       const struct batch_times *times);

// Adds a batch that cost energy_j to the run's totals.
void edge_record_add(struct edge_record *totals, const struct batch_record *record, double energy_j);
