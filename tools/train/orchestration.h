// SPDX-License-Identifier: BSD-3-Clause
// `airbatch train --instance`: an orchestrating agent, in virtual time on the response times of written
// problems (edge/online/orchestration/train.h).
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "edge/online/orchestration/agent.h"

enum { TRAIN_MAX_INSTANCES = 64 };

struct train_orchestration {
	const struct orch_agent_kind *kind;
	const char *instances[TRAIN_MAX_INSTANCES]; // files
	int n_instances;
	const char *from;	 // an agent to go on from, also of another threshold; NULL = none
	const char *out, *curve; // curve: NULL = none
	int interactions;	 // 0 = those of the kind
	uint64_t seed;
	bool quiet;
};

// Trains, writes the agent and the curve, and says what it reached. Returns the exit status: 0; 1 failed; 2
// wrong input, with a sentence.
int train_orchestration(const struct train_orchestration *t);
