// SPDX-License-Identifier: BSD-3-Clause
// How users with one deadline may divide, which is what equal deadlines leave open to OG (runs.h): between
// the group before theirs, a group of their own, and their devices. In a group whoever gains offloads, and at
// most b may. Users may stay local ahead of their group when the users before them are local, too, or behind
// it: then whoever follows may also stay local until the next group.
//
// Every function is exact. Two facts make them short: users who go to either of two groups can be sorted by
// what one costs more than the other, and of those who may stay local the ones who gain most go.
#pragma once

#include <stddef.h>
#include "edge/policy/cost.h"

// Above every cost, and still so when added to another.
static const struct cost NO_WAY = {1 << 28, 0};

struct seat {
	struct cost cost; // of a user in a group: the better of local work and the edge
	bool offloads;
};

// The group before theirs at one guess b and one first cut.
struct approach {
	struct approach *next;
	int b, first_cut;
	struct cost least; // of the users in hand between the two groups, at any guess of their own
	struct seat *seat; // [n] of the users in hand
	// [n + 1] What everybody ahead costs when i of the users in hand may still offload with that group.
	// It came from a group that was released after `source` and in which `n` of its own deadline offload.
	struct ahead {
		struct cost cost;
		int source, n;
	} * ahead;
};

// Users in hand, and their own group at one guess b and one release.
struct tie {
	int n, b;
	const struct cost *local; // [n]
	const struct seat *seat;  // [n]
	void *scratch;		  // divide_scratch_bytes(n)
};

size_t divide_scratch_bytes(int n);

enum place { STAY_LOCAL, JOIN_BEFORE, JOIN_OWN };

// How they divide, and what they and everybody ahead then cost.
struct division {
	struct cost cost;
	enum way { ALL_OWN, LOCAL_AHEAD, LOCAL_BEHIND, TWO_GROUPS, TWO_GROUPS_LOCAL_BEHIND } way;
	const struct approach *approach; // of the ways with two groups
	int n, before;			 // how many offload with their own group, with the one before
	int part;			 // how the other users part (divide.c)
	int room;			 // which of approach->ahead it builds on
};

// Each of these lowers best[k], 0 <= k <= n: the best division with k offloaders in their own group, which
// may grow further.
void divide_all_own(const struct tie *tie, struct cost ahead, struct division best[]);
void divide_local_ahead(const struct tie *tie, struct cost ahead, struct division best[]);
void divide_two_groups(const struct tie *tie, const struct approach *approach, struct division best[]);

// Likewise for *best: the best division with at least one user local behind their own group, which then ends.
void divide_local_behind(const struct tie *tie, struct cost ahead, struct division *best);
void divide_two_groups_local_behind(const struct tie *tie, const struct approach *approach,
				    struct division *best);

// Says where each of the users goes.
void divide_places(const struct tie *tie, const struct division *division, enum place place[]);
