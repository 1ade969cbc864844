// SPDX-License-Identifier: BSD-3-Clause
// IP-SSA (independent partitioning, same sub-task aggregating) for one group of users inside [release, end]
// of the GPU.
//
// A batch holds one network's sub-task. Users of several networks form one block of batches each (block.h),
// blocks one after another and planned from the latest deadline backwards: a block ends at its own users'
// tightest deadline or where the next block begins, whichever is earlier. With one network, the main case,
// the group is one block. Users whom nothing can serve stay local and do not count towards the tightest
// deadline.
#pragma once

#include "edge/policy/problem.h"

struct group_rules {
	bool raw_only;	// IP-SSA-NP: offload the input or nothing
	bool keep_best; // for each b also keep only the b offloaders who gain most, and take the cheapest b
	bool tighten;	// then start the batches as late as their true sizes allow and lower the frequencies
};

struct group {
	const int *jobs; // distinct
	int n_jobs;
	double release_s;     // no batch starts before
	double end_s;	      // no batch ends after (INFINITY: the users' deadlines alone say)
	const bool *hopeless; // [n_jobs of the snapshot] whom nothing can serve in the gap that this lies in
};

// Fills problem->choice of the users and problem->start_s of their networks; returns the users' cost.
struct cost group_solve(struct problem *problem, const struct group *group, const struct group_rules *rules);

// Everybody as one group in the gap where they cost least; of equal ones the latest. Solved, and what they
// cost.
struct cost group_of_everyone(struct problem *problem, const struct group_rules *rules, struct group *group);

// Writes users and batches as problem->choice and problem->start_s say, at relative edge frequency edge_freq.
void group_write(struct plan *plan, const struct problem *problem, const struct group *group, int index,
		 double edge_freq);
