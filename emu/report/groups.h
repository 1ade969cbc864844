// SPDX-License-Identifier: BSD-3-Clause
// Which runs belong together. A group: runs of one engine whose topologies differ in nothing but seed and run
// number, so that their spread says how well a figure is known. A case: groups that differ only in the engine
// (and in how long they ran), so that simulation and measurement of one topology stand beside each other.
#pragma once

#include <stdbool.h>
#include "emu/records/run_directory.h"

struct group {
	char label[96];	     // unlike every other group's
	char case_label[96]; // likewise, without the engine
	int case_number;     // from 0
	bool simulated;
	json_t *key, *case_key;		   // the topology without what may differ
	const struct run_directory **runs; // [n_runs]
	size_t n_runs;
};

struct groups {
	struct group *group; // [n] a case's groups are neighbours, its simulation first
	int n, n_cases;
};

// Sorts runs[n], which must outlive the groups. 0 or -ENOMEM.
int groups_make(struct groups *g, const struct run_directory *runs, size_t n);
void groups_free(struct groups *g);

// "simulated" or "measured"
const char *group_engine(const struct group *g);
