// SPDX-License-Identifier: BSD-3-Clause
// Random orchestration problems, and a second way to the same response times.
#pragma once

#include <stdbool.h>
#include "base/rng.h"
#include "edge/policy/orchestration/table.h"

// Draws a problem of n users with n_variants each: cores, busy times, links and times on the scale of each
// other. Half of the problems have users who are alike; some have no cloud. threshold: between the worst and
// the best mean.
void orch_draw(struct rng *rng, struct orch_problem *p, struct orch_user users[], int n, int n_variants);

// Draws one action for each user.
void orch_draw_choice(struct rng *rng, const struct orch_problem *p, int action[]);

// The response time of every user, by walking through the sorted workloads of the cores (Kiefer and Wolfowitz
// 1955).
void orch_reference(const struct orch_problem *p, const int action[], double response_s[]);

// The least mean response time of all joint choices that are accurate enough, by trying each of them with
// orch_reference; INFINITY when there is none. selection: false = variant 0 only.
double orch_brute_force_s(const struct orch_problem *p, bool selection);

// Fails the running test, with both numbers, unless they are within `most` of each other.
#define assert_near(value, expected, most)                                                                   \
	do {                                                                                                 \
		double is = (value), right = (expected);                                                     \
		if (!(is >= right - (most) && is <= right + (most)))                                         \
			fail_msg("%s is %.17g, not %.17g", #value, is, right);                               \
	} while (0)
