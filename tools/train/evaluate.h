// SPDX-License-Identifier: BSD-3-Clause
// Any online policy over the same arrivals in the environment: what it costs, and what it does.
#pragma once

#include <stdio.h>
#include "tools/train/world.h"

struct evaluation {
	const char *policy; // "lc", or one of edge/online/decider.h
	const char *agent;  // file; NULL = none
	int episodes, slots;
	uint64_t first_run; // arrivals of episode k are those of run first_run + k
};

// One row an episode: energies in mJ, shares of nothing; see evaluation_csv's header line.
struct evaluation_row {
	int episode;
	struct env_log log;
};

// Fills rows[e->episodes]; episode k has the same arrivals under every policy. 0 or a negative errno with a
// sentence.
int evaluate(const struct world *w, const struct evaluation *e, struct evaluation_row rows[],
	     struct err *err);

// The header and one line a row. 0 or -EIO.
int evaluation_csv(FILE *out, const struct world *w, const struct evaluation *e,
		   const struct evaluation_row rows[], bool header);

// The same in two lines for people: means with 95 % intervals over the episodes.
void evaluation_print(FILE *out, const struct evaluation *e, const struct evaluation_row rows[]);
