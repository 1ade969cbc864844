// SPDX-License-Identifier: BSD-3-Clause
// A host that draws what happens to a desk: requests, tensors, ended batches, lost UEs, radios, time, and
// what breaks a rule. It keeps its own account of every job and fails the test where the desk's actions break
// a law (desk_world.c lists them).
#pragma once

#include "base/rng.h"
#include "tests/unit/edge/desk_lab.h"

// What the world knows of a job: its id is its place, from 1.
struct world_job {
	int ue, next, runs; // the sub-task that is to run; of so many
	int sure_at;	    // it left by confidence at this exit; 0 = as planned
	uint32_t number;
	double hertz; // granted
	bool answered, local, has_tensor, running, lost, refused, resulted, dropped, closed;
};

struct world_batch {
	uint32_t id;
	int n_members;
	struct batch_times times;
	int64_t alone_ns;
};

struct world {
	const struct desk_lab *lab;
	struct desk *desk;
	struct rng *rng;
	int64_t now_ns, run_ns;
	struct world_job *jobs;
	size_t n_jobs, room;
	struct world_batch *running;
	int n_running;
	uint32_t numbers[LAB_UES]; // last used
	uint64_t rounds, decisions, batches, refused, grants, not_admitted, dropped, left_early, ahead, sure;
	double band_hz, held_hz[LAB_UES]; // of a cell that obeys grants; 0 = it does not
	bool refused_last;		  // it did not obey the last one
};

void world_open(struct world *w, const struct desk_lab *lab, uint64_t seed);

// From now on the cell obeys grants, and each UE has an equal part of the band.
void world_grants(struct world *w, double band_hz);

// The world's own: the cell tells what it is like; does what DESK_GRANT says, or now and then does not, so
// that the desk has to say all of it anew; and is held against what the desk owes its jobs.
void world_tell_cell(struct world *w);
void world_obey(struct world *w, const struct desk_action *a);
void world_check_grants(const struct world *w);

// One thing happens, drawn, and then what is due.
void world_step(struct world *w);

// Nothing new comes: everything under way ends, and the laws of the end are checked.
void world_end(struct world *w);
void world_close(struct world *w);
