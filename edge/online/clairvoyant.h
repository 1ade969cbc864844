// SPDX-License-Identifier: BSD-3-Clause
// What the clairvoyant decider searches: the boundaries ahead, and the tasks that are known to be or become
// pending at them. Private to clairvoyant.c (the search) and clairvoyant_open.c (storage, and what is known).
#pragma once

#include "edge/online/kinds_private.h"

// Local, and calls with each threshold.
enum { THRESHOLDS = DECIDER_THRESHOLDS, MOST_OPTIONS = THRESHOLDS + 2 };

// A choice that sends all pending tasks, and what it brings.
struct option {
	struct slot_choice choice;
	double cost_j, gpu_free_s;
};

// What holds at one boundary of the search.
struct step {
	struct snapshot_job *users;  // [n]
	bool *pending;		     // [n]
	enum slot_verdict *verdict;  // [n]
	double gpu_free_s;
};

// The one task of a user that is known: pending at boundary `when`, 0 to horizon - 1 (-1: none).
struct known {
	int when;
	struct snapshot_job task; // times count from that boundary
	double least_j; // what it costs with the edge to itself, waiting for nobody: it cannot be less
};

struct clairvoyant {
	const struct slot_config *slots;
	const struct policy *local, *caller;
	int horizon;
	struct step *steps;  // [horizon]
	struct known *known; // [n]
	struct plan *plan;
	int plan_subtasks;
	struct snapshot_job *chosen;  // [n]
	int *who;		      // [n]
	const struct decider_view *view;
	double best_j;
	struct slot_choice first, best_first;
	struct err *err;
};

// Takes the view's users and future as what is known at each boundary: fills known and the first step. 0 or a
// negative errno with a sentence.
int clairvoyant_see(struct clairvoyant *c);
