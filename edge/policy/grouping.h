// SPDX-License-Identifier: BSD-3-Clause
// The recurrence of J-DOB, and of OG with several networks, for different deadlines. Users whom something can
// serve are sorted by D_m = deadline - downlink, equal ones as order.h says; a group is a run i..j of that
// order, its edge work ends by D_i, and groups follow one another on the GPU: a group after one that began
// with user k may use it from D_k on (behind an equal deadline it is local), the first group from
// servers[0].free_s. Users before the first group stay local.
//
// Where the GPU is taken at times, a group also has a gap (problem.h): it ends by D_i or the gap's end, the
// earlier one, and begins after the gap's start, too. Each of a few gaps is tried for each i, and the table
// below has a row for each pair (i, gap).
//
//   S(i,j) = min( loc(i) + E(i,j; gpu_free), min_{k<i} S(k,i-1) + E(i,j; D_k) ),  answer = min( loc(M), min_i
//   S(i,M-1) )
//
// loc(i) = local cost of the first i users; E = what the group costs, given by a group_method. A predecessor
// that frees the GPU later than another without being cheaper is never needed: only the Pareto-optimal
// releases reach the method.
#pragma once

#include "edge/policy/group.h"

struct grouping {
	struct problem *problem;
	const int *order; // users that something can serve, by ascending D
	int n;
};

struct group_method {
	// The group's users are the order's from `first` on, its n_jobs being those that remain. For each j
	// >= first and each of the ascending releases r: cost[(j - first) * n_releases + r] = E(first, j;
	// release). 0 or -ENOMEM.
	int (*evaluate)(const struct grouping *grouping, int first, const struct group *group,
			const double release_s[], int n_releases, struct cost cost[], const void *options);
	// Solves and writes one group of the answer.
	void (*write)(struct plan *plan, struct problem *problem, const struct group *group, int index,
		      const void *options);
	const void *options;
};

// Fills the plan, totals excepted.
int grouping_plan(struct problem *problem, const struct group_method *method, struct plan *plan,
		  struct err *err);
