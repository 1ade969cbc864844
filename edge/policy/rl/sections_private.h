// SPDX-License-Identifier: BSD-3-Clause
// What the sections of .abm files hold, private to this room.
#pragma once

#include "edge/policy/rl/checkpoint.h"
#include "edge/policy/rl/format.h"

#define SECTION_IDENTITY "IDEN" // struct stored_identity
#define SECTION_OPTIONS "OPTS"	// struct stored_options
#define SECTION_PROGRESS "PROG" // struct stored_progress
#define SECTION_CURVE "CURV"	// struct curve_point [done]
#define SECTION_TOPOLOGY "TOPO" // JSON text
#define SECTION_ACTOR "ACTR"	// float [parameters]; in a state: parameters, target, m, v
#define SECTION_BEST "BEST"	// float [actor's parameters]; in a state
#define SECTION_CRITIC "CRI1"	// likewise
#define SECTION_CRITIC_2 "CRI2"
#define SECTION_REPLAY_BEFORE "RPLB"  // float [count][n_obs + n_action]
#define SECTION_REPLAY_AFTER "RPLA"   // float [count][n_obs]
#define SECTION_REPLAY_OUTCOME "RPLO" // float [count][2]

void sections_write_common(struct format_writer *w, const struct training *t);

// Read and check for sense. -EBADMSG with a sentence.
int sections_identity(const struct format_reader *r, struct agent_identity *identity);
int sections_options(const struct format_reader *r, struct ddpg_options *options);

struct stored_progress {
	uint64_t seed;
	int32_t episodes, slots, done;
	int32_t replay_count, replay_next, best_episode;
	int64_t updates;
	int64_t steps[1 + DDPG_MAX_CRITICS]; // Adam's: actor, critics
};
int sections_progress(const struct format_reader *r, struct stored_progress *progress);
