// SPDX-License-Identifier: BSD-3-Clause
// TDMA: everyone is as urgent as everyone else, so whose last turn lies furthest back goes first.
#include "mac/grant/grant.h"

static double urgency(const struct grant_ue *ue)
{
	(void)ue;
	return 0;
}

const struct grant_rule grant_round_robin = {
    .name = "round-robin", .sharing = GRANT_IN_TURNS, .urgency = urgency};
