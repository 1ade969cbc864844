// SPDX-License-Identifier: BSD-3-Clause
// Which runs belong together, by what was given (summary.json's "given"; of older runs the resolved
// topology). A group: runs of one engine that differ in seed and run only, so that their spread says how well
// a figure is known. A case: groups that differ only in the engine (and in how long they ran), so that
// simulation and measurement stand beside each other. A setting: groups that differ only in the policy.
#pragma once

#include <stdbool.h>
#include "records/run_directory.h"

// Curves that a reader can tell apart in one plot.
#define MOST_CURVES 8

struct group {
	char label[160];       // unlike every other group's
	char case_label[160];  // likewise, without the engine
	char short_label[192]; // fits a legend; unlike every other detailed group's
	char policy[64];
	int case_number, setting, policy_number; // from 0, in order of appearance
	bool simulated;
	bool detailed; // drawn where a plot has a curve a group: MOST_CURVES at most
	int colour;    // of plots_colour: its policy's number where many groups differ in more than that
	json_t *key, *case_key, *setting_key;
	json_t *flat;			   // key by dotted paths
	const struct run_directory **runs; // [n_runs]
	size_t n_runs;
};

struct groups {
	struct group *group; // [n] a case's groups are neighbours, its simulation first
	int n, n_cases, n_settings, n_detailed;
	char detail[160];  // the setting whose groups are detailed: "count=4"; "" = all groups are
	json_t *differing; // in what they differ: {path: [distinct values]}, see settings.h
};

// Sorts runs[n], which must outlive the groups. 0 or -ENOMEM.
int groups_make(struct groups *g, const struct run_directory *runs, size_t n);
void groups_free(struct groups *g);

// Whether a group's links and latency over time are drawn: of the first detailed ones.
bool groups_over_time(const struct groups *g, int i);

// "simulated" or "measured"
const char *group_engine(const struct group *g);
