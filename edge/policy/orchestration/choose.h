// SPDX-License-Identifier: BSD-3-Clause
// Choices by rule: the oracle, and the fixed strategies it is compared with.
#pragma once

#include "base/err.h"
#include "edge/policy/orchestration/table.h"

enum orch_strategy {
	ORCH_ORACLE,	   // the least mean response time that is accurate enough
	ORCH_NO_SELECTION, // likewise, with variant 0 only
	ORCH_DEVICE_ONLY,  // variant 0 on the device
	ORCH_EDGE_ONLY,	   // variant 0 at the edge
	ORCH_CLOUD_ONLY,   // variant 0 in the cloud
};

// By name: oracle, no-selection, device-only, edge-only, cloud-only. -ENOENT with a sentence that lists them.
int orch_strategy_find(const char *name, enum orch_strategy *out, struct err *err);

// Fills action[n_users]. -EINVAL with a sentence: a node that is missing, more than ORCH_TABLE_USERS users to
// search for, or a threshold that no choice meets. The fixed strategies do not ask for the threshold.
int orch_choose(enum orch_strategy strategy, const struct orch_problem *p, int action[], struct err *err);

// Refuses a threshold that no choice meets.
int orch_check_threshold(const struct orch_problem *p, struct err *err);

// The mean response time of the slowest fixed strategy that the problem has.
double orch_slowest_fixed_s(const struct orch_problem *p);
