// SPDX-License-Identifier: BSD-3-Clause
// What an environment is made of, private to env.c and env_open.c.
#pragma once

#include "edge/online/env.h"

enum user_state {
	USER_IDLE,    // its next task arises at arrival.at_ns (TIME_NEVER: none does)
	USER_PENDING, // has arrival
	USER_BUSY,    // until idle_ns
};

struct env_user {
	enum user_state state;
	struct arrival arrival;
	int64_t idle_ns;
	struct arrival_source source;
};

struct env {
	int64_t now_ns;
	int64_t gpu_free_ns;
	struct env_user *user;		  // [n_users]
	struct snapshot_job *seen;	  // [n_users] with the time left of pending tasks
	bool *pending;			  // [n_users]
	double *waited_s;		  // [n_users]
	enum slot_verdict *verdict;	  // [n_users]
	struct snapshot_job *dispatched;  // [n_users]
	int *who;			  // [n_users]
	struct plan *plan;
	struct plan *alone; // of one user; NULL without with_bound
	struct env_log log;
	double slot_j;	// energy of the tasks dispatched in the slot under way
	int slot_tasks; // and how many they are
};
