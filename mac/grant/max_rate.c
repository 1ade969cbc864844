// SPDX-License-Identifier: BSD-3-Clause
// The UE with the best channel (Knopp, Humblet 1995): the most bits a second, and nothing for the far ones.
#include "mac/grant/grant.h"

static double urgency(const struct grant_ue *ue)
{
	return ue->rate_bps;
}

const struct grant_rule grant_max_rate = {.name = "max-rate", .sharing = GRANT_IN_TURNS, .urgency = urgency};
