// SPDX-License-Identifier: BSD-3-Clause
// What the kinds of orchestrating agents share.
#pragma once

#include <stddef.h>
#include "edge/online/orchestration/agent.h"
#include "edge/policy/rl/format.h"

struct orch_agent {
	const struct orch_agent_kind *kind;
	struct orch_task task;
	double share; // of the training that is over
	void *own;    // the kind's
};

extern const struct orch_agent_kind orch_q, orch_dqn, orch_hybrid, orch_no_selection, orch_independent;

// A random choice that the task allows, canonical. `near`, unless NULL, is one: then half of the draws change
// one of its actions, or two. selection: false = variant 0 only.
void orch_draw_allowed(const struct orch_task *task, const struct orch_state *state, const int *near,
		       bool selection, struct rng *rng, int action[]);

// Sections of agent files. A kind has its own numbers in ORCH_SECTION_VALUES.
#define ORCH_SECTION_IDENTITY "OIDN" // struct stored_task
#define ORCH_SECTION_STATES "OSTA"   // struct stored_state []
#define ORCH_SECTION_VALUES "OVAL"

enum { MOST_STORED_STATES = 4096 };

struct stored_state {
	uint8_t user_bits[ORCH_AGENT_USERS], level[2], node_bits[2], zero;
};
struct stored_state stored_state_of(const struct orch_state *state);
// Refuses what is no state: -EBADMSG.
int state_of_stored(struct orch_state *state, const struct stored_state *stored, int users,
		    const struct format_reader *r);

// Refuses a number that is not finite: -EBADMSG.
int check_finite(const double values[], int n, const struct format_reader *r);
