// SPDX-License-Identifier: BSD-3-Clause
// The table of response times behind all choices of a few users, and the best choice in it.
//
// Those on one node meet nobody else (model.h), so 10^n joint choices come from n * 8 local times and one sum
// of response times for each set of users on the edge, and one for each set in the cloud. Filled from the
// model it is the oracle's; filled from measurements it is the hybrid agent's.
//
// The search is exact, to 1e-13 s. It divides the users between device, edge and cloud, users who are alike
// in one order only. For those on their devices the variants are a multiple-choice knapsack, solved by branch
// and bound with the Lagrangian bound: for any price x >= 0 of accuracy no choice takes less than sum min
// (time - x accuracy) + x need. A division that cannot beat the best one so far is left out.
#pragma once

#include <stdint.h>
#include "edge/policy/orchestration/model.h"

enum { ORCH_TABLE_USERS = 8, ORCH_TABLE_SETS = 1 << ORCH_TABLE_USERS };

struct orch_table {
	int n_users;
	int n_variants[ORCH_TABLE_USERS];
	double accuracy[ORCH_TABLE_USERS][ORCH_MAX_VARIANTS];
	double least_accuracy; // of the sum over the users
	// A user that is like an earlier one, the nearest of those; -1 = none. Of two who are alike the
	// earlier one is on the edge, then in the cloud, then on its device.
	int alike[ORCH_TABLE_USERS];
	double local_s[ORCH_TABLE_USERS][ORCH_MAX_VARIANTS]; // INFINITY = not to be had
	double edge_s[ORCH_TABLE_SETS];	 // by the set of users (bit i = user i): the sum of
	double cloud_s[ORCH_TABLE_SETS]; // their response times; 0 of nobody
};

// Users, accuracies and who is alike; all times INFINITY. p->n_users is at most ORCH_TABLE_USERS.
void orch_table_init(struct orch_table *t, const struct orch_problem *p);

// And the model's times, of every set that has each earlier one of users who are alike.
void orch_table_fill(struct orch_table *t, const struct orch_problem *p);

// The set with as many of the users who are alike, but the earliest ones: what stands for it in the table.
uint32_t orch_table_set(const struct orch_table *t, uint32_t set);

// The choice with the least sum of response times among those that are accurate enough, of equal ones always
// the same. Returns the sum; INFINITY when no choice is, and action[] is untouched.
double orch_table_solve(const struct orch_table *t, int action[]);
