// SPDX-License-Identifier: BSD-3-Clause
// What the schemes share.
#pragma once

#include "edge/policy/pipeline/scheme.h"

// Makes room for so many runs in all; -ENOMEM with a sentence.
int pipeline_reserve(struct pipeline *out, int n_runs, struct err *err);

// Adds a run at the end unless it is empty. There must be room.
void pipeline_add(struct pipeline *out, const struct job_run *run);

// Virtual blocks: cut l stays iff g(l) < g(j) for all j < l, for a cut that sends more and computes more is
// never better on two machines. Over cuts that stay f does not fall and g falls. Fills cuts[n_cuts], returns
// how many.
int pipeline_blocks(const struct chain *type, int cuts[]);

// The cuts that may be best: virtual blocks, with the server's time all that can be sent.
int pipeline_cuts(const struct chain *type, int cuts[]);

// Two cuts for one type: n - m jobs at the second, m at the first.
struct two_cuts {
	int first, second, m;
	double makespan_s;
};

// The best m for these two cuts, jobs of the first in front.
struct two_cuts pipeline_best_split(const struct chain *type, int first, int second, int n);

// The best two neighbouring cuts of one type, by JPS.
struct two_cuts pipeline_neighbours(const struct chain *type, const int cuts[], int n_cuts);

enum {
	PIPELINE_ROUNDS = 4, // of other cuts for single jobs
	PIPELINE_MOST_RUNS = 2 + 2 * PIPELINE_ROUNDS,
};

// Gives single jobs of the first and the last run other cuts, as long as that makes the makespan shorter.
// There must be room for 2 PIPELINE_ROUNDS more runs; trial has room for one more than that.
void pipeline_improve_ends(const struct chain types[], struct pipeline *out, struct job_run trial[]);

// Leaves the shorter one in *out and frees the other one; when rc says that there is none, that one. Returns
// rc.
int pipeline_keep_shorter(struct pipeline *out, struct pipeline *other, int rc);

// Whether a is shorter than b by more than rounding.
bool pipeline_shorter(double a_s, double b_s);
