// SPDX-License-Identifier: BSD-3-Clause
// The shelf: one batch that starts when all its uploads are in, shrinks at every exit, and is filled with as
// many users as the band and their deadlines allow. All policies of this folder fill a shelf; a solver says
// with whom. Model (arXiv 2204.05223 as reconstructed in docs/policies.md):
//
// A block is the sub-tasks between two exits; d_i(b) is its time for a batch of b. A user leaves after N_k
// blocks, needs w_k hertz to upload within T_u, and its last block must end D_k after the batch starts. A set
// S with b_i = |{k in S: N_k >= i}| fits when sum w_k <= W and sum_{i <= N_k} d_i(b_i) <= D_k for all k in S.
// Taking a user away keeps a set fitting, so the most users can be searched for one by one.
#pragma once

#include "edge/policy/policy.h"

struct candidate {
	int job;	       // index in the snapshot
	int blocks;	       // N_k, from 1
	double width_hz;       // w_k; 0 where nothing is granted
	double end_s;	       // when its last block must have ended
	double budget_s;       // D_k: end_s, or the gap's end when that is earlier, less the start
	const double *goes_on; // snapshot_job.goes_on
};

struct shelf {
	const struct snapshot *snapshot;
	int n_blocks;	 // L: the network's exits and its end
	int most;	 // users of the largest batch that the profile knows
	double *block_s; // [n_blocks][most] d_i(b) at [i * most + b - 1]
	double band_hz;	 // W; INFINITY where the band is not granted
	double start_s;	 // of the batch, in the gap in hand
	// Below 0: a block holds all who run it. Else those who are expected to be there, and so many
	// standard deviations.
	double spread;
	struct candidate *candidates; // [n] by width, the narrowest first; of equals the latest end
	int n;

	// A solver's answer: places in candidates[], in any order.
	int *chosen; // [n]
	int n_chosen;
	double chosen_hz; // the sum of their widths
	double share_hz;  // each is granted this, not its width; 0 = its width
	bool alone;	  // each alone in its batches, one after another in the answer's order
};

// Fills the answer for the budgets in hand. 0, or a negative errno with a sentence.
typedef int shelf_solver(struct shelf *shelf, const double value[], struct err *err);

// d_i(b), 1 <= b <= most, i from 0; 0 for b = 0.
static inline double shelf_block_s(const struct shelf *shelf, int i, int b)
{
	return b > 0 ? shelf->block_s[(ptrdiff_t)i * shelf->most + b - 1] : 0;
}

// Makes users[n] the answer.
void shelf_choose(struct shelf *shelf, const int users[], int n);

// end_s[i], i < n_blocks: when block i ends, after the start, for batches of size[i].
void shelf_ends(const struct shelf *shelf, const int size[], double end_s[]);

// size[i]: how many of users[n] run block i, as shelf->spread counts them; 0 when nobody does, at least 1
// when somebody may.
void shelf_sizes(const struct shelf *shelf, const int users[], int n, int size[]);

// Whether users[n] fit: within the band, the largest batch and their budgets.
bool shelf_fits(const struct shelf *shelf, const int users[], int n);

// N_k: after so many blocks a user leaves who needs this accuracy; without exits all of them, if the whole
// network has it. 0 when nothing has it.
int shelf_blocks_needed(const struct snapshot_network *net, double least_accuracy, bool exits);

// Storage for a policy's shelf: blocks and candidates without budgets. `exits`: users leave at the first exit
// that is accurate enough; else all run the whole network. Writes the reason of each user that can be no
// candidate to plan->jobs[m].why. 0; -EINVAL when the jobs are of several networks; -ENOMEM.
int shelf_open(struct shelf *shelf, const struct snapshot *snapshot, bool exits, double upload_s,
	       struct plan *plan, struct err *err);
void shelf_close(struct shelf *shelf);

// Sets start and budgets for a batch in the time from start_s to end_s, and empties the answer.
void shelf_place(struct shelf *shelf, double start_s, double end_s);
