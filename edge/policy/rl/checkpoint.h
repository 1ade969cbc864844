// SPDX-License-Identifier: BSD-3-Clause
// A training, and its two files.
//
//   FILE        (.abm) what is needed to act: identity, actor, constants, training curve
//   FILE.state  besides that, what is needed to go on: critics, targets, Adam's moments, replay memory
//
// Each is written atomically and stands alone. Layout: "ABMAGENT", u32 version, u32 byte order, u32 kind, u32
// zero, u64 bytes that follow, u64 FNV-1a of them; then sections (4 letters, u32 zero, u64 size, data).
// Sections a reader does not know are skipped, so newer ones can be added. Numbers are as the processor has
// them.
//
// Everything random in a training is drawn from streams named by (seed, episode), and files are written
// between episodes: no stream's position need be saved.
#pragma once

#include <stddef.h>
#include "base/err.h"
#include "edge/policy/rl/agent.h"
#include "edge/policy/rl/ddpg.h"

enum { CHECKPOINT_VERSION = 1, CHECKPOINT_MAX_EPISODES = 1000000 };

// One episode of the training curve.
struct curve_point {
	double reward;	 // sum over the slots
	double energy_j; // of the tasks dispatched
	double local_j;	 // what these tasks would cost alone on their devices
	double tasks;
	double validated_j; // energy a task of the actor without noise, on validation episodes; 0 = not asked
};

struct training {
	struct agent_identity identity;
	uint64_t seed;
	int episodes, slots; // planned, and slots of each
	int done;	     // episodes so far
	struct ddpg ddpg;
	struct curve_point *curve; // [episodes], owned
	float *best;		   // [ddpg.actor.n] the actor of best_episode, owned
	int best_episode;	   // 0 = none: the last actor is the agent
	char *topology;		   // the resolved topology as JSON, for people; owned, may be NULL
};

// Keeps the actor as the best so far when energy_j, of validation, is less than that of best_episode.
void training_keep_best(struct training *t, double energy_j);

// An empty training of these sizes (first parameters excepted). The caller closes, also after a failure.
int training_open(struct training *t, const struct agent_identity *identity,
		  const struct ddpg_options *options, int episodes, int slots, uint64_t seed,
		  const char *topology, struct err *err);
void training_close(struct training *t);

int checkpoint_write_agent(const struct training *t, const char *path, struct err *err);
int checkpoint_write_state(const struct training *t, const char *path, struct err *err);

// Opens *t from a state file's bytes; `name` stands for the file in errors. -EBADMSG for what is damaged,
// truncated, foreign or of another version, with a sentence. The caller closes *t only after success.
int checkpoint_read_state(struct training *t, const void *data, size_t size, const char *name,
			  struct err *err);

// The same for a file.
int checkpoint_load_state(struct training *t, const char *path, struct err *err);

// Reads all of a file of at most `most` bytes. The caller frees *data.
int checkpoint_read_file(const char *path, size_t most, void **data, size_t *size, struct err *err);
