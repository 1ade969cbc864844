// SPDX-License-Identifier: BSD-3-Clause
// Slow and obvious answers for small snapshots of one network, written from the model alone: the judges of
// the policies.
#pragma once

#include "edge/policy/cost.h"
#include "edge/policy/policy.h"

// User m on its own device.
struct cost reference_local(const struct snapshot *snapshot, int m);

// User m with cut p < N whose first batch starts at start_s; late when it cannot be in time.
struct cost reference_offload(const struct snapshot *snapshot, int m, int p, double start_s);

// When user m's last batch must have ended.
double reference_end_s(const struct snapshot *snapshot, int m);

// The optimum over everything the model allows: all cuts, all memberships of batches, all orders of batches
// on the GPU. Exponential: up to 4 users and 3 sub-tasks.
struct cost reference_optimum(const struct snapshot *snapshot);

// IP-SSA by trying every b, for the users in the set `members` (bit m), batches inside [release_s, end_s].
struct cost reference_ip_ssa(const struct snapshot *snapshot, unsigned members, double release_s,
			     double end_s);

// J-DOB's inner module by trying every cut, edge frequency and b; users + edge.
struct cost reference_j_dob(const struct snapshot *snapshot, unsigned members, double release_s,
			    double end_s);

// The best division of all users into local ones and groups that follow one another, a group's edge work
// ending by its tightest deadline and beginning after the one before. runs: groups are runs in the order of
// deadlines, equal ones in any order. Users whom nothing can serve are local and begin no group.
typedef struct cost reference_group(const struct snapshot *snapshot, unsigned members, double release_s,
				    double end_s);
struct cost reference_grouping(const struct snapshot *snapshot, reference_group *group, bool runs);
