// SPDX-License-Identifier: BSD-3-Clause
// What an orchestrating agent knows: the task that it was made for, and what telemetry says when users ask.
// Nothing of it is a time; those it learns. Pure.
//
// State (arXiv 2202.10541, as reconstructed): of each end device processor {free, busy}, memory {free, busy},
// link {regular, weak}; of edge and cloud processor in ten levels, memory, link. Memory is free and the links
// of the nodes are regular as long as the model has nothing else.
//
// Devices are taken to be equal: users whose part of the state is the same are alike, and of the choices that
// differ in their order only one is known, the canonical one: of two who are alike the earlier one is on the
// edge, then in the cloud, then on its device with the variant of the lower number.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "edge/policy/orchestration/table.h"

enum {
	ORCH_AGENT_USERS = 5,
	ORCH_LEVELS = 10,
	ORCH_MAX_FEATURES = 3 * ORCH_AGENT_USERS + 6,
};

struct orch_task {
	int users; // 1..ORCH_AGENT_USERS
	int n_variants;
	double accuracy[ORCH_MAX_VARIANTS];
	double threshold; // 0 = none
	double worst_s; // what a choice that is not accurate enough counts: twice the slowest fixed strategy
};

struct orch_state {
	int users;
	bool device_busy[ORCH_AGENT_USERS], memory_busy[ORCH_AGENT_USERS], weak_link[ORCH_AGENT_USERS];
	int level[2]; // of the edge's and of the cloud's processor: 0 = all cores free .. ORCH_LEVELS - 1 =
		      // none
	bool node_memory_busy[2], node_weak_link[2];
};

// The problem's task. Refuses more users than agents have, users whose variants differ, a problem without
// edge or cloud, and a threshold that no choice meets: -EINVAL with a sentence.
int orch_task_of(struct orch_task *task, const struct orch_problem *p, struct err *err);

struct orch_state orch_observe(const struct orch_problem *p);

// A number for each state.
uint64_t orch_state_key(const struct orch_state *state);

// The state as 3 users + 6 numbers in [0, 1], for networks. Returns how many.
int orch_state_features(const struct orch_state *state, float features[]);

// Who is alike, as in struct orch_table: the nearest earlier user that is, or -1.
void orch_state_alike(const struct orch_state *state, int alike[]);

// Puts the actions of users who are alike into the canonical order.
void orch_canonical(const struct orch_state *state, int action[]);

// Whether the mean accuracy reaches the task's threshold.
bool orch_task_allows(const struct orch_task *task, const int action[]);

// A joint choice as a number below ORCH_ACTIONS ^ users, and back.
int orch_joint(int users, const int action[]);
void orch_actions(int users, int joint, int action[]);

// - mean response time / worst_s, or -1 where the accuracy does not hold.
double orch_reward(const struct orch_task *task, const int action[], const struct orch_result result[]);
