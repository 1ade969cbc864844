// SPDX-License-Identifier: BSD-3-Clause
// Earliest deadline first (Liu, Layland 1973), preemptive at TTI borders: on one resource it meets every
// deadline that can be met, up to the TTI.
#include "mac/grant/grant.h"

static double urgency(const struct grant_ue *ue)
{
	return -(double)ue->deadline_ns;
}

const struct grant_rule grant_earliest_deadline = {
    .name = "earliest-deadline", .sharing = GRANT_IN_TURNS, .urgency = urgency};
