// SPDX-License-Identifier: BSD-3-Clause
// The planning problem a topology stands for: one task of every UE, all arising at the same instant, while
// the GPU is free.
//
// As the edge plans it: the round's instant is when the last request has reached the edge (at most
// edge.admission_window after the first); from there on the snapshot is made by the edge's own functions
// (edge/desk/round.h, edge/desk/served.h), so goodputs, delays, the answer's and the result's way and the
// guard are what a run plans with. A run's plans still differ by what its requests and its planning really
// took. Ideal: the papers' model. Deadlines count from now, uplinks have the full Shannon rate, nothing else
// takes time, batch times are medians.
#pragma once

#include "edge/policy/policy.h"
#include "setup/resolve.h"

struct first_round;

// Measures (or loads) the profiles the topology asks for; quiet: without saying so on standard error. The
// caller frees it, before resolved.
int first_round_open(struct first_round **out, const struct resolved *resolved, bool ideal, bool quiet,
		     struct err *err);
void first_round_free(struct first_round *round);

// The name of a network's sub-task, from 0; round is a struct first_round.
const char *first_round_subtask(const void *round, int network, int subtask);

// Valid until the round is freed. User i is ue[i].
const struct snapshot *first_round_snapshot(const struct first_round *round);
