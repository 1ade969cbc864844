// SPDX-License-Identifier: BSD-3-Clause
// The online setting as an environment to train and compare in: a batch of independent environments over
// shared buffers, five verbs (init, reset, step, log, close). Pure virtual time: channels stand still, plans
// are followed exactly, results come back for free. A step costs what the policies cost, and nothing is
// allocated by it here.
//
// A step is one slot: the choice for all pending tasks (slot.h), then everything until the next boundary.
// Tasks end when their plan says, to the nanosecond, and their users' next tasks arise by ue/life/arrivals.h.
// A task that arises between two boundaries waits for the next one, unless its device could then no longer
// finish it: that one runs locally from its arrival. The GPU is busy until the last batch of the last call.
//
//   reward = - energy of the tasks dispatched in the slot / energy_scale_j  (+ task_credit for each of them)
#pragma once

#include <stdint.h>
#include "edge/online/decider.h"
#include "ue/life/arrivals.h"

// What all environments of a batch share. Everything is borrowed and must outlive them.
struct env_config {
	struct slot_config slot;
	const struct snapshot_job *users; // [n_users] all but the deadline, which tasks bring
	int n_networks;
	const struct snapshot_network *networks;
	const struct arrivals *arrivals; // [n_users]
	const struct policy *caller;	 // what a call calls
	double energy_scale_j;
	double task_credit; // 0: energy by time counts; energy_j a task / energy_scale_j: energy by task does
	double offset_s;    // boundaries fall this long after the multiples of the slot (online.offset)
	bool with_bound;    // count env_log.bound_j, which costs a plan for each task
	bool local_at_arrival; // every task runs alone at its arrival, whatever is chosen (LC)
};

// Sums over the steps since reset.
struct env_log {
	int64_t slots;
	int64_t tasks, misses; // dispatched; of these late by their plan
	int64_t forced;	       // sent to their devices, or to the caller, by the rule and not by the choice
	int64_t offloaded;     // with a part on the edge
	int64_t calls;	       // of the caller
	int64_t groups;	       // that offload
	int64_t batches, in_batch; // batches, and their members
	double energy_j;	   // of the users
	double local_j;		   // what the same tasks would cost alone, from their arrival
	double bound_j;		   // what they would cost if each had the edge for itself at its arrival: no
				   // schedule of these tasks costs less. 0 unless asked for (with_bound)
	double reward;
	double threshold_s; // sum over the calls
};

struct env;

// n environments on one configuration. Row i of the buffers belongs to environment i: obs[n][n_obs] is what
// it sees, action[n][SLOT_ACTIONS] what env_step does, reward[n] what that brought.
struct env_batch {
	int n, n_obs;
	float *obs, *action, *reward;
	struct env *env; // [n]
	const struct env_config *config;
};

// Refuses a configuration that makes no sense, with the field. 0 or a negative errno; the caller closes, also
// after a failure.
int env_init(struct env_batch *b, const struct env_config *config, int n, struct err *err);
void env_close(struct env_batch *b);

// Begins an episode: arrivals and deadlines are those of (seed, run). Fills obs.
int env_reset(struct env_batch *b, int i, uint64_t seed, uint64_t run, struct err *err);

// One slot, as action says (-EINVAL when one is not a number), or as `choice` does. Fills obs and reward.
int env_step(struct env_batch *b, int i, struct err *err);
int env_step_choice(struct env_batch *b, int i, const struct slot_choice *choice, struct err *err);

const struct env_log *env_log(const struct env_batch *b, int i);

// What is known at the boundary.
struct slot_state env_state(const struct env_batch *b, int i);

// Fills future[n_users] with the next tasks of users that have none pending, which arise after the boundary
// and will be pending at a later one. Those of busy users are known where their arrivals are not drawn in
// turn (bernoulli, immediate, burst, trace). Returns how many.
int env_future(const struct env_batch *b, int i, struct decider_future future[]);

// Energy of a whole task on its device alone within deadline_s: the slowest frequency that is in time,
// f_max when none is.
double env_local_j(const struct snapshot_job *user, double work_flop, double deadline_s);
