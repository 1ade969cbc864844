// SPDX-License-Identifier: BSD-3-Clause
// Slotted online co-inference: what a decider sees at a slot boundary, what its action means, and which
// pending tasks therefore go now. Pure: no clock, no allocation, no socket; the training environment, the
// simulated edge and the emulated one share it. The rules are our reconstruction of arXiv 2206.06304's online
// setting (docs/online.md).
//
// Time is cut into slots of slot_s. A user has at most one outstanding task: pending until it is dispatched.
// At each boundary the decider chooses for all pending tasks together: wait, run them on their devices, or
// hand them to the caller (og or ip-ssa). Whoever could no longer finish locally after one more slot goes at
// once, whatever was chosen: on its device. So a deadline that the device alone can meet at arrival is never
// missed. Mid-slot arrivals are asked about at their arrival (slot_cannot_wait with the time until the next
// boundary).
//
// The threshold l_th of a call bounds the edge, not the device: a result that comes from the edge must be
// there by min(r_m, l_th), so that the GPU is reserved for at most l_th; a user who stays local keeps its own
// deadline, as in OG itself.
#pragma once

#include <stdbool.h>
#include "edge/policy/policy.h"

enum { SLOT_ACTIONS = 2 };

struct slot_config {
	int n_users;
	double slot_s;	 // T
	double margin_s; // reserve of the waiting rule: 0 in the environment, the guard time where clocks are
			 // late
	double deadline_scale_s; // what counts as 1 in the observation: the longest deadline; also the
				 // largest l_th
	double rate_scale_bps;	 // likewise for rates; 0 = channels do not move, rates are not observed
	const double *work_flop; // [n_users] of a whole task
};

// What is known at a boundary. users[i].rate_bps is set for everybody, the rest for pending users only: times
// count from the boundary, deadline_s is the time left. Guard times, answers' and results' ways are in these
// fields as in any snapshot (edge/desk/round.h); the environment leaves them 0.
struct slot_state {
	const struct snapshot_job *users;  // [n_users]
	const bool *pending;		   // [n_users]
	const double *waited_s;		   // [n_users] since the pending task's arrival
	double gpu_free_s;		   // the GPU's busy time left
};

// M = n_users. Layout of an observation, all relative to the scales:
//   [0, M)      time left of the pending task, at most 1; 0 when none is pending
//   [M, 2M)     1 when a task is pending, else 0
//   [2M]        GPU busy time left, at most 1
//   (2M, 3M]    uplink rates, at most 1; only with rate_scale_bps > 0
static inline int slot_observation_size(const struct slot_config *c)
{
	return 2 * c->n_users + 1 + (c->rate_scale_bps > 0 ? c->n_users : 0);
}

// Fills obs[slot_observation_size]. -EINVAL, naming the field, when a number of the state is not finite or
// negative.
int slot_observe(const struct slot_config *config, const struct slot_state *state, float obs[],
		 struct err *err);

enum slot_verdict { SLOT_WAIT, SLOT_LOCAL, SLOT_CALL };

struct slot_choice {
	enum slot_verdict verdict; // for all pending tasks
	double threshold_s;	   // l_th of a call; 0 = none
};

// The meaning of an actor's two numbers in [-1, 1]: action[0] in thirds = wait, local, call; action[1] = l_th
// from slot_s (at -1) to deadline_scale_s (at 1). Values outside are clipped; -EINVAL when one is not a
// number.
int slot_choose(const struct slot_config *config, const float action[SLOT_ACTIONS],
		struct slot_choice *choice, struct err *err);

// Whether the pending task of user i must go now, because after wait_s more it could not finish on its
// device.
bool slot_cannot_wait(const struct slot_config *config, const struct snapshot_job *user, int i,
		      double wait_s);

struct slot_counts {
	int wait, local, call;
	int forced; // of the dispatched: the choice was to wait
};

// verdict[i] for every user (SLOT_WAIT where nothing is pending). A forced task goes local; one that its
// device can no longer serve even now goes to the caller, which alone may save it.
struct slot_counts slot_dispatch(const struct slot_config *config, const struct slot_state *state,
				 const struct slot_choice *choice, enum slot_verdict verdict[]);

// The tasks with verdict `which` as a problem for policy_plan: SLOT_LOCAL for "lc", SLOT_CALL for the caller.
// Copies them to users[0..] (room for n_users), their numbers to who[], and sets n_users, users,
// servers[0].free_s and edge_deadline_s of *snapshot; networks, guard and power are the caller's. Returns how
// many they are.
int slot_snapshot(const struct slot_config *config, const struct slot_state *state,
		  const enum slot_verdict verdict[], enum slot_verdict which,
		  const struct slot_choice *choice, struct snapshot *snapshot, struct snapshot_job users[],
		  int who[]);
