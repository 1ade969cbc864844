// SPDX-License-Identifier: BSD-3-Clause
// Strict priority: the lowest number first; equal ones take turns.
#include "mac/grant/grant.h"

static double urgency(const struct grant_ue *ue)
{
	return -(double)ue->priority;
}

const struct grant_rule grant_priority = {.name = "priority", .sharing = GRANT_IN_TURNS, .urgency = urgency};
