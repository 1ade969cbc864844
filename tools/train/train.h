// SPDX-License-Identifier: BSD-3-Clause
// Trains an agent: episodes of an environment, one gradient step a slot, saved between episodes. What an
// episode does follows from the training so far and from streams named by (seed, episode): a training that
// was stopped and resumed is, bit for bit, the one that was not.
#pragma once

#include <signal.h>
#include "edge/online/env.h"
#include "edge/policy/rl/checkpoint.h"
#include "setup/topology/topology.h"

// The keys train.* as the learner's constants.
struct ddpg_options train_options(const struct topology *t);

// Arrivals of a training's or an evaluation's episode: stream `run` numbers that no topology's run has.
#define TRAIN_RUNS (UINT64_C(1) << 40)
#define VALIDATION_RUNS (UINT64_C(3) << 40)
#define EVALUATION_RUNS (UINT64_C(2) << 40)

struct train_job {
	struct training *training;
	struct env_batch *env;		   // its first environment is used
	const char *path;		   // of the agent; its state goes to PATH.state
	int save_every;			   // episodes
	int validation;			   // episodes after each one, without noise; 0 = none
	const volatile sig_atomic_t *stop; // set from outside: finish the episode, save, return; may be NULL
	// Told after each episode; may be NULL.
	void (*progress)(const struct training *t, double seconds, void *user);
	void *user;
};

// Runs until training->episodes are done (PATH is written, PATH.state removed) or *stop is set (both are
// written). 0 or a negative errno with a sentence.
int train_run(const struct train_job *job, struct err *err);

// PATH.state. Returns buf.
char *train_state_path(const char *path, char *buf, size_t size);
