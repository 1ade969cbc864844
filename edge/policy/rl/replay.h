// SPDX-License-Identifier: BSD-3-Clause
// The replay memory: the last `capacity` transitions (s, a, r, s', ended), drawn uniformly with replacement.
// Observation and action lie side by side, as the critic takes them.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "base/rng.h"

struct replay {
	int n_obs, n_action;
	int capacity, count, next;
	float *before;	// [capacity][n_obs + n_action] s, a
	float *after;	// [capacity][n_obs] s'
	float *outcome; // [capacity][2] r, and 1 when the episode went on
};

// A batch in place: rows as in the memory, but next has room for the action that a target actor adds.
struct replay_batch {
	int size;
	float *before;	// [size][n_obs + n_action]
	float *after;	// [size][n_obs + n_action], of which the first n_obs columns are filled
	float *outcome; // [size][2]
};

int replay_open(struct replay *r, int capacity, int n_obs, int n_action, struct err *err);
void replay_close(struct replay *r);

// ended: s' is the last state, nothing follows it. A time limit is no end.
void replay_add(struct replay *r, const float *obs, const float *action, float reward, const float *next_obs,
		bool ended);

// r->count >= 1.
void replay_draw(const struct replay *r, struct rng *rng, struct replay_batch *out);
