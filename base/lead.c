// SPDX-License-Identifier: BSD-3-Clause
#include "base/lead.h"

void lead_init(struct lead *lead, double share, int64_t now)
{
	*lead = (struct lead){.share = share, .at_ns = now};
}

int64_t lead_of(struct lead *lead, int64_t now)
{
	lead->spend_ns += lead->share * (double)(now - lead->at_ns);
	lead->at_ns = now;
	if (lead->spend_ns > LEAD_RESERVE_NS)
		lead->spend_ns = LEAD_RESERVE_NS;
	return lead->spend_ns >= lead->lead_ns ? (int64_t)lead->lead_ns : 0;
}

void lead_learn(struct lead *lead, int64_t planned_ns, int64_t woken_ns)
{
	double late_ns = (double)(woken_ns - planned_ns);
	lead->lead_ns +=
	    late_ns > lead->lead_ns ? LEAD_STEP_NS * LEAD_QUANTILE : -LEAD_STEP_NS * (1 - LEAD_QUANTILE);
	if (lead->lead_ns < 0)
		lead->lead_ns = 0;
	if (lead->lead_ns > LEAD_MOST_NS)
		lead->lead_ns = LEAD_MOST_NS;
}

void lead_spend(struct lead *lead, int64_t spun_ns)
{
	lead->spend_ns -= (double)spun_ns;
}
