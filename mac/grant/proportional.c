// SPDX-License-Identifier: BSD-3-Clause
// Proportional fair: the UE whose channel is best compared with what it has been served.
#include "mac/grant/grant.h"

#include <math.h>

#define SMALLEST_SCALE 1e-200

static double urgency(const struct grant_ue *ue)
{
	return ue->mean_rate > 0 ? fmin(ue->rate_bps / ue->mean_rate, HUGE_VAL) : (double)HUGE_VAL;
}

const struct grant_rule grant_proportional = {
    .name = "proportional-fair", .sharing = GRANT_IN_TURNS, .urgency = urgency};

bool grant_means_pass(struct grant_means *means, int64_t n_slots)
{
	if (n_slots == 1)
		means->scale *= 1 - 1 / means->window_slots;
	else
		means->scale *= pow(1 - 1 / means->window_slots, (double)n_slots);
	return means->scale < SMALLEST_SCALE;
}

double grant_means_rescale(struct grant_means *means)
{
	double factor = means->scale;
	means->scale = 1;
	return factor;
}

double grant_means_add(const struct grant_means *means, double bits)
{
	// The slot in progress has not been passed yet: its bits are not to be discounted by itself.
	return bits / (means->window_slots * means->scale * (1 - 1 / means->window_slots));
}
