// SPDX-License-Identifier: BSD-3-Clause
// A trained agent as a policy uses it: observation in, action out. Training is in ddpg.h, the file in
// checkpoint.h.
//
// The actor is a multi-layer perceptron (ReLU between layers, tanh at the end), so every action component
// lies in [-1, 1]; what it means is the environment's business (edge/online/slot.h). agent_act is plain
// arithmetic in a fixed order, without a library, allocation or state: the same observation gives the same
// action, bit for bit, in training's evaluation, in virtual time and in the edge process.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

// Which policy the agent calls when it decides to dispatch.
enum agent_caller { AGENT_CALLS_OG = 1, AGENT_CALLS_IP_SSA = 2 };

// What an agent was trained for. It is used for nothing else.
struct agent_identity {
	int users;
	int n_obs, n_action;
	enum agent_caller caller;
	uint64_t topology_hash; // setup/topology/hash.h: of all that the environment depends on
};

struct agent;

// Loads the actor of a checkpoint file. 0; -ENOENT and the like, or -EBADMSG with a sentence (damaged,
// truncated, foreign, of another version). The caller frees with agent_close.
int agent_open(struct agent **out, const char *path, struct err *err);

// The same from size bytes in memory, which need not outlive the call; `name` stands for the file in errors.
int agent_read(struct agent **out, const void *data, size_t size, const char *name, struct err *err);

void agent_close(struct agent *agent); // NULL is allowed

const struct agent_identity *agent_identity(const struct agent *agent);

// Refuses an agent that was trained for anything else than `wanted`: -EINVAL and a sentence that says what
// differs (users first) and how to train one that fits.
int agent_fits(const struct agent *agent, const struct agent_identity *wanted, struct err *err);

// action[n_action] for obs[n_obs]. Reentrant. -EINVAL when an observation is not finite, naming its index;
// `action` is then untouched.
int agent_act(const struct agent *agent, const float *obs, float *action, struct err *err);

// "og", "ip-ssa": the name of the policy that is called; and the name of the whole, "ddpg-og", "ddpg-ip-ssa".
const char *agent_caller_text(enum agent_caller caller);
const char *agent_policy_text(enum agent_caller caller);
