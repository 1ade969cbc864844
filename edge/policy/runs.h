// SPDX-License-Identifier: BSD-3-Clause
// OG's recurrence for one network: the best division of the users into runs in the order of their deadlines,
// users with equal deadlines in whichever order is best.
//
// A group begins at a deadline D and takes some of the users who have it, then everybody with the deadlines
// that follow, up to some of those with a last one; its batches lie between its release and D, and IP-SSA
// plans them: with the least b such that at most b of its users offload when the batches leave room for b.
// The release is the deadline at which the group before began, or servers[0].free_s. Where the GPU is taken
// at times a group also has a gap, and its batches lie in it; a few gaps are tried for each deadline. Users
// stay local before the first group; and behind a group that left at least one user of its own deadline
// local, until the next group. (That user begins a group for which the GPU has no time.)
//
// With different deadlines this is the recurrence of grouping.h. Where users share a deadline, how they
// divide depends on the guesses b of two groups that meet there: divide.h.
#pragma once

#include "edge/policy/problem.h"

// Fills the plan of a snapshot with one network, totals excepted. 0 or -ENOMEM with a sentence.
int runs_plan(struct problem *problem, struct plan *plan, struct err *err);
