// SPDX-License-Identifier: BSD-3-Clause
// Orders of users that depend on what the users are and not on where they stand in the snapshot, so that
// permuting them changes no plan. Only users who are alike in every number keep the snapshot's order.
#pragma once

#include "edge/policy/problem.h"

// Below 0 when user x comes before y, above 0 when after; 0 only for x == y.
int order_jobs(const struct snapshot *snapshot, int x, int y);
int order_users(const struct problem *problem, int x, int y); // the same

// Fills order[] with the users that something can serve, by ascending D; equal D by what the whole edge would
// save the user, most first. Returns how many they are.
int order_by_deadline(struct problem *problem, int order[]);
