// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the rounds of a measurement (dnn/profile.h: profile_measure). In a round every batch size
// has one chain, in random order, each after a pause; what others disturbed is run again, for a while.
#pragma once

#include "base/rng.h"
#include "dnn/profile_chain_private.h"
#include "dnn/profile_private.h"

enum { WARM_UP_ROUNDS = 2, LEAST_ROUNDS = 5 };

// What was measured of one batch size.
struct size {
	int b;
	int *runs_as;	 // [n_subtasks]
	double *seconds; // [n_subtasks][most_rounds]
	double *total;	 // [most_rounds] of whole chains
	bool *clean;	 // [most_rounds]
	int rounds, n_clean;
};

struct measurement {
	struct executor *executor;
	const struct network *network;
	int first_batch, max_batch, most_rounds;
	struct profile_options options;
	struct chain *chain;
	struct size *size; // [n_sizes]
	int n_sizes, *order;
	int64_t *ns; // [n_subtasks]
	struct rng *rng;
	struct disturbance since, until;
	int64_t busy_ns, cpu_ns;
	void (*progress)(double share, void *user);
	void *user;
	struct profile *profile; // [n_sizes] batches of it are measured
	struct err *err;
	int result;
};

static inline int n_subtasks(const struct measurement *m)
{
	return m->network->n_subtasks;
}

// Fills in what the measurement of first_batch..max_batch needs: 0 or a negative errno with a sentence.
int rounds_open(struct measurement *m);
void rounds_close(struct measurement *m);

// Warm-up and rounds, as the options say. -EINTR when stopped.
int rounds_run(struct measurement *m);

// One chain of a size: kept, or (record false) not.
int rounds_chain(struct measurement *m, struct size *s, bool record);
