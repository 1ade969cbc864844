// SPDX-License-Identifier: BSD-3-Clause
// How the edge serves jobs whose uploads end one after another: decides the batches of a plan whose cuts,
// frequencies, orders and grants are decided. A job that is sent has group >= 0 before; it gets its group.
#pragma once

#include "edge/policy/policy.h"

// First come, first served, each with all that remains in one gap of the edge's calendar. O(n log n + gaps).
// Both: 0, or -ENOMEM with a sentence.
int serve_one_by_one(const struct snapshot *snapshot, struct plan *plan, struct err *err);

// Ours: jobs of any devices that come one after another, of one network, go in groups. A group runs sub-task
// by sub-task from its least cut on, each as one batch of all whose cut is not behind it, once their inputs
// are there, in gaps of the calendar. Among all ways to part the jobs, in the order in which they come, into
// groups of at most SERVE_MOST_IN_GROUP (and the profile's largest batch), it takes one whose last batch ends
// first, by dynamic programming: the end of what follows never falls when the edge is free later. Groups of
// one are among them, so it never ends later than one after another. O(n SERVE_MOST_IN_GROUP (N + log gaps)).
enum { SERVE_MOST_IN_GROUP = 16 };
int serve_in_groups(const struct snapshot *snapshot, struct plan *plan, struct err *err);
