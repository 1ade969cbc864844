// SPDX-License-Identifier: BSD-3-Clause
// summary.json: whole configuration, seed, versions, host, what is modelled, results, self-measured accuracy.
#pragma once

#include "records/results/results.h"
#include "setup/configs.h"

struct run_outcome {
	const char *status; // "done", "failed", "interrupted"
	const char *why;    // sentence, or NULL
	int64_t started_wall_ns;
	double setup_s; // from the command to the start signal
	bool simulated; // virtual time: nothing of this machine or of the hour goes into the file
};

int summary_write(const struct prepared_run *run, const struct results *results,
		  const struct run_outcome *outcome, struct err *err);
