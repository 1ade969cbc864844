// SPDX-License-Identifier: BSD-3-Clause
// Agents trained in the standard problem, for tests.
#pragma once

#include "edge/online/orchestration/train.h"
#include "edge/policy/orchestration/standard.h"

struct school {
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	struct orch_world world;
	struct orch_task task;
	struct orch_agent *agent;
	struct orch_training training;
};

// The standard problem, and an agent that knows nothing. Fails the running test when something fails.
void school_open(struct school *s, const char *kind, int users, char condition, double threshold,
		 uint64_t seed);
void school_close(struct school *s);

// Another condition or threshold for the same agent, which keeps what it knows.
void school_move(struct school *s, char condition, double threshold);

// Trains for so many interactions, 0 = those of its kind.
void school_train(struct school *s, int interactions, uint64_t seed);

// The last score of the training.
const struct orch_score *school_score(const struct school *s);
