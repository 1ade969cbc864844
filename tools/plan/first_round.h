// SPDX-License-Identifier: BSD-3-Clause
// The planning problem a topology stands for: one task of every UE, or its whole burst, all arising at the
// same instant, while the GPU is free.
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
#include "tools/plan/names.h"

struct first_round;

struct first_round_shape {
	bool ideal;
	bool bursts;  // tasks of a UE that arise together and may be open together, else one of each UE
	bool ordered; // and they share its device in the plan's order (policy_orders_jobs)
};

// Measures (or loads) the profiles the topology asks for; quiet: without saying so on standard error. The
// caller frees it, before resolved.
int first_round_open(struct first_round **out, const struct resolved *resolved,
		     const struct first_round_shape *shape, bool quiet, struct err *err);
void first_round_free(struct first_round *round);

// The name of a network's sub-task, from 0; round is a struct first_round.
const char *first_round_subtask(const void *round, int network, int subtask);

// What a job is called: "ue1", or "ue1/3" for the third of a burst.
void first_round_job(const void *round, int m, char out[PLAN_JOB_NAME]);

// Valid until the round is freed. Jobs of a UE stand side by side, in the order of the UEs: without bursts
// job i is ue[i]'s.
const struct snapshot *first_round_snapshot(const struct first_round *round);
