// SPDX-License-Identifier: BSD-3-Clause
// IP-SSA for the users of one network inside [release, end]: one batch per sub-task, back to back, the last
// ending at `end`; each user picks its cut alone against those start times.
//
// F_n(b) depends on the batch size, so the largest size b is guessed. A larger b means earlier starts, hence
// dearer offloading and fewer offloaders: "offloaders <= b" is monotone in b, and the least such b, found by
// bisection, is the best of them. O(M N log M); with keep_best O(M (M N + M log M)).
#pragma once

#include "edge/policy/group.h"

struct block {
	struct problem *problem;
	const struct snapshot_network *net;
	int *jobs; // all of this network; keep_best changes their order
	int n_jobs;
	double release_s, end_s;
	double *start_s; // [n_subtasks] the answer: when the batches start
};

// Fills problem->choice of the users and start_s.
void block_solve(struct block *block, const struct group_rules *rules);

// When the solved block's first batch starts; its end when nobody offloads.
double block_begin_s(const struct block *block);
