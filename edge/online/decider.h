// SPDX-License-Identifier: BSD-3-Clause
// The online policies: who says, at a slot boundary, whether to wait, run locally or call. Each kind is one
// file and one row of the table in decider.c. A decider is a function of what it is shown: it keeps no memory
// from slot to slot, so that the same observed state gives the same decision in the environment, in virtual
// time and in the edge process.
#pragma once

#include <stdint.h>
#include "edge/online/slot.h"

enum {
	DECIDER_MAX_USERS = 256,
	DECIDER_MAX_OBSERVATION = 3 * DECIDER_MAX_USERS + 1,
	DECIDER_MAX_HORIZON = 64, // slots
	DECIDER_THRESHOLDS = 7,	  // clairvoyant: l_th = k / 8 of the longest deadline, k = 1..7, or none
};

struct online_policy {
	const char *name;    // capital letters stand for whole numbers from 0 to 999: "tw-K:og:Lms"
	const char *summary; // one line, for help
};

// All of them, terminated by a NULL name.
extern const struct online_policy online_policies[];

// Whether `name` is one of them ("tw-4:og").
bool online_policy_is(const char *name);

struct decider_config {
	const char *name;		 // of the policy
	const char *agent_path;		 // of a trained agent; NULL or "" = none
	uint64_t topology_hash;		 // what the agent must have been trained for (edge/policy/rl/agent.h)
	int horizon_slots;		 // clairvoyant: how far it sees, 1 to DECIDER_MAX_HORIZON
	const struct slot_config *slots; // outlives the decider
};

// A task that has not arisen yet, for the clairvoyant decider.
struct decider_future {
	int user;
	double after_s;		   // now until it is known at the edge, > 0
	struct snapshot_job task;  // as in slot_state, times counted from after_s
};

// What a decider is shown at a boundary.
struct decider_view {
	struct slot_state state;
	const struct snapshot *problem; // networks, guard and power; users are not looked at
	const struct decider_future
	    *future; // [n_future] a next task of users that have none pending; only in virtual time
	int n_future;
};

struct decision {
	struct slot_choice choice;
	bool has_action; // an agent decided: these are its two numbers
	float action[SLOT_ACTIONS];
};

struct decider;

// 0; -ENOENT for another name; -EINVAL for too many users, a missing agent, or one that was trained for
// something else, with a sentence. The caller frees with decider_close.
int decider_open(struct decider **out, const struct decider_config *config, struct err *err);
void decider_close(struct decider *d); // NULL is allowed

// The policy of edge/policy/policy.h that the decider calls.
const struct policy *decider_caller(const struct decider *d);

// Whether it needs decider_view.future, which nobody has on a real clock.
bool decider_sees_future(const struct decider *d);

// obs[slot_observation_size]: as slot_observe fills it. 0 or a negative errno with a sentence.
int decider_decide(struct decider *d, const struct decider_view *view, const float obs[],
		   struct decision *out, struct err *err);
