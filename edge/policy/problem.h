// SPDX-License-Identifier: BSD-3-Clause
// The users' own sub-problem: given when each sub-task's batch starts, which cut and frequency cost the user
// least? A snapshot is prepared once (prefix sums of work, upload times, the local alternative); a cut then
// costs a few flops.
//
// Cut p < N against a batch of sub-task p that starts at s: the device has tau = s - guard - release - delay
// - O_p / R for its V_p, so f = V_p / tau, raised to f_min, impossible above f_max; E = kappa V_p f^2 + P O_p
// / R. Local (p = N): the same with tau = deadline - release and no upload.
#pragma once

#include "edge/policy/cost.h"
#include "edge/policy/policy.h"

struct choice {
	int cut;
	double freq_flops; // 0 when nothing runs locally
	struct cost cost;
};

// A time in which the GPU is free, between two times at which it is taken.
struct gap {
	double start_s, end_s; // end_s of the last: INFINITY
	bool *hopeless;	       // [n_jobs] late alone, and late with this gap to itself
};

struct problem {
	const struct snapshot *snapshot;
	int most_gaps;	   // see problem_tried_gaps
	int n_gaps;	   // at least 1, the last one without end; those too short for any batch are left out
	struct gap *gaps;  // ascending
	int stride;	   // sub-tasks of the deepest network
	double *head_flop; // [n_networks][stride + 1] V_p = A_0 + .. + A_{p-1}
	double *upload_s;  // [n_jobs][stride] O_p / R; infinite without coverage
	double *lead_s;	   // [n_jobs] release + delay + guard
	double *end_s;	   // [n_jobs] deadline, at most edge_deadline_s, - downlink: when the last batch must
		       // have ended
	struct choice *local; // [n_jobs] the best without the edge; late at f_max when the device is too slow
	bool *hopeless;	      // [n_jobs] hopeless in every gap: nothing can serve it

	// A solver's answer: one choice for each user, and when each network's batches start.
	struct choice *choice; // [n_jobs]
	double *start_s;       // [n_networks][stride]
	int *list, *everyone;  // [n_jobs] each: lists of users for the solvers
	void *storage;
};

// Groups may lie in so many gaps: of those that start before their deadline the latest. An earlier one is of
// use only where these are too short.
enum { PROBLEM_MOST_GAPS = 8 };

// Prepares a checked snapshot, which must outlive the problem. 0 or -ENOMEM with a sentence.
int problem_open(struct problem *problem, const struct snapshot *snapshot, struct err *err);
void problem_close(struct problem *problem);

static inline const struct snapshot_network *problem_network(const struct problem *problem, int user)
{
	return &problem->snapshot->networks[problem->snapshot->jobs[user].network];
}

static inline double problem_head_flop(const struct problem *problem, int user, int cut)
{
	return problem
	    ->head_flop[(ptrdiff_t)problem->snapshot->jobs[user].network * (problem->stride + 1) + cut];
}

static inline double *problem_starts(const struct problem *problem, int network)
{
	return problem->start_s + (ptrdiff_t)network * problem->stride;
}

// The user's choice at `cut` < N against a batch that starts at start_s; false when it cannot be in time.
bool choose_at(const struct problem *problem, int user, int cut, double start_s, struct choice *out);

// The cheapest of the cuts first..last against start_s[cut], and of local work; the edge wins only when it
// costs less.
struct choice choose_best(const struct problem *problem, int user, const double start_s[], int first,
			  int last);

// The user's best choice with every gap of the edge to itself.
struct choice problem_alone(const struct problem *problem, int user);

// Finds problem->hopeless anew for a policy that uses only the cuts up to last_cut, and whose fastest batches
// take `scale` times as long as the edge at its highest frequency; likewise for each gap.
void problem_find_hopeless(struct problem *problem, int last_cut, double scale);

// How many gaps may be tried for a deadline: at least 1, at most problem->most_gaps, which is
// PROBLEM_MOST_GAPS unless the policy was told otherwise.
static inline int problem_tried_gaps(const struct problem *problem)
{
	return problem->n_gaps < problem->most_gaps ? problem->n_gaps : problem->most_gaps;
}

// How many of the gaps start before end_s.
int problem_gaps_before(const struct problem *problem, double end_s);

// Batches of b, the last of which ends at end_s: start_s[n] = end_s - scale * sum_{k >= n} F_k(b), n < N.
void starts_before(const struct snapshot_network *net, int b, double scale, double end_s, double start_s[]);

// The first cut whose batch starts at or after release_s; N when none does.
int first_cut_after(const struct snapshot_network *net, const double start_s[], double release_s);

// Sorts users by what problem->choice saves them against local work, most first. Ties by order_users, except
// of users who stay local.
void sort_by_gain(struct problem *problem, int users[], int n);
