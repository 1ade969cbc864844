// SPDX-License-Identifier: BSD-3-Clause
// How long a policy takes for one snapshot, for the benchmarks of policies.
#pragma once

#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "edge/policy/policy.h"

// The best of `runs`, in s; NAN when it refuses, with its sentence on standard error.
static inline double plan_best_s(const struct policy *policy, const struct snapshot *snapshot,
				 struct plan *plan, int runs)
{
	double best_s = INFINITY;
	for (int i = 0; i < runs; i++) {
		int64_t start_ns = clock_now_ns();
		struct err err = {""};
		if (policy_plan(policy, snapshot, plan, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return NAN;
		}
		best_s = fmin(best_s, ns_to_s(clock_now_ns() - start_ns));
	}
	return best_s;
}
