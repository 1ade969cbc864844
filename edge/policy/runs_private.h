// SPDX-License-Identifier: BSD-3-Clause
// The inside of runs.h: the table of its recurrence (runs.c), the groups that begin at one deadline
// (runs_groups.c), and the answer read back from the table (runs_answer.c).
#pragma once

#include <math.h>
#include "edge/policy/divide.h"
#include "edge/policy/problem.h"

// Beyond so much effort users of one deadline are not divided between two groups: some hundredths of a
// second.
enum { RUNS_MOST_EFFORT = 1 << 25 };

// Had the GPU before. Source s > 0 is a group: it began at deadline (s - 1) / gaps, in the last gap before it
// but (s - 1) % gaps.
enum { NOBODY = 0 };

struct deadline {
	int first, n; // its users are order[first .. first + n - 1]
	double end_s;
	int n_gaps;	   // that start before it
	struct cost local; // of its users
};

// A group that began after `source` at guess b, with at most n offloaders of its own deadline.
struct step {
	int source, b, n;
};

struct state {
	struct cost cost;
	struct step step;
};

struct sum {
	struct cost cost;
	int offloaders;
};

struct runs {
	struct problem *problem;
	const struct snapshot_network *net;
	int *order, n;
	struct cost *local; // [n] in that order
	struct deadline *deadlines;
	int n_deadlines, most;	      // most users of one deadline
	int gaps, n_groups;	      // gaps tried for each deadline; n_deadlines * gaps
	bool two_groups;	      // deadlines may be divided between two groups
	struct cost bound;	      // what a division is known to cost
	long long effort;	      // spent on such divisions: n^2 for each that was tried with n users
	struct cost *rest;	      // [deadline] least that it and those behind it cost in any division
	struct state *closed;	      // [source][deadline] all before it; the source's group up to there
	struct state *idle;	      // [source] all up to the deadline at which its group began, and ended
	struct approach **approaches; // [source][deadline]

	// The deadline in hand, and the group that begins there, as a source.
	int at, own, b;
	double start_s[POLICY_MAX_SUBTASKS];
	struct seat *seats; // [N + 1][most] of its users, when cuts below q are closed
	struct sum *sums;   // [n_deadlines - at][N + 1] over the deadlines behind it, before the row's
	int n_summed;
	int *sources, n_sources;
	double *release_s;     // [n_sources]
	int *open;	       // [n_sources] the first deadline up to which the group is not settled
	struct cost *waiting;  // [source] idle, and everybody before the deadline in hand local
	struct division *best; // [most + 1] with at most so many offloaders
	void *scratch;
	int failed;

	// The answer, for [n] users in order: the group as a source, or NOBODY; where those in hand go.
	int *group;
	enum place *place;
	int *released_by; // [n_groups + 1] the source of that group
	void *storage;
};

static inline struct state *runs_closed_at(const struct runs *r, int source, int deadline)
{
	return &r->closed[(ptrdiff_t)source * (r->n_deadlines + 1) + deadline];
}

static inline int runs_deadline_of(const struct runs *r, int source)
{
	return (source - 1) / r->gaps;
}

// NULL when its deadline has no such gap.
static inline const struct gap *runs_gap_of(const struct runs *r, int source)
{
	int last = r->deadlines[runs_deadline_of(r, source)].n_gaps - 1, k = (source - 1) % r->gaps;
	return k <= last ? &r->problem->gaps[last - k] : NULL;
}

// When the batches of a group with a gap must have ended.
static inline double runs_end_of(const struct runs *r, int source)
{
	return fmin(r->deadlines[runs_deadline_of(r, source)].end_s, runs_gap_of(r, source)->end_s);
}

// When a group with a gap may begin after the source's.
static inline double runs_release_after(const struct runs *r, int group, int source)
{
	double start_s = runs_gap_of(r, group)->start_s;
	return source == NOBODY ? start_s : fmax(start_s, runs_end_of(r, source));
}

// The users of the deadline in hand against a group of their own that may use the cuts from q on.
static inline struct tie runs_tie_in_hand(const struct runs *r, int q)
{
	const struct deadline *deadline = &r->deadlines[r->at];
	return (struct tie){deadline->n, r->b, r->local + deadline->first, r->seats + (ptrdiff_t)q * r->most,
			    r->scratch};
}

// What everybody before a deadline costs, and whether the source's group reaches up to it.
static inline struct cost runs_ahead(const struct runs *r, int source, int deadline, bool *joined)
{
	struct cost closed = source == NOBODY ? NO_WAY : runs_closed_at(r, source, deadline)->cost;
	*joined = cost_less(closed, r->waiting[source]);
	return *joined ? closed : r->waiting[source];
}

// Takes a group and its deadline in hand with guess b: start times, and the seats of its users.
void runs_start_guess(struct runs *r, int group, int b);

// best[]: the deadline in hand divided between the source's group, one that begins here, and local work.
void runs_open_group(struct runs *r, int source, int q);

// Likewise when the group that begins here ends here, and users behind it are local.
struct division runs_end_group(struct runs *r, int source, int q);

// Fills closed[group] and idle[group].
void runs_begin_group(struct runs *r, int group);

// The source of the last group in the best division, and what that costs; *joined: it reaches to the end.
int runs_last_source(const struct runs *r, struct cost *best, bool *joined);

// Writes the best division into the plan.
void runs_write(struct runs *r, struct plan *plan);
