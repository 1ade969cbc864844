// SPDX-License-Identifier: BSD-3-Clause
#include "mac/carrier.h"

#include <errno.h>
#include <stdlib.h>

int carrier_init(struct carrier *carrier, struct link *link, enum link_dir dir, const struct grant_rule *rule,
		 int64_t tti_ns, double window_slots)
{
	uint32_t n = link->n_flows / LINK_DIRS;
	*carrier = (struct carrier){.link = link,
				    .dir = dir,
				    .n_ues = n,
				    .rule = rule,
				    .next_event_ns = TIME_NEVER,
				    .at = fixed_of(link->now_ns),
				    .tti_ns = tti_ns,
				    .slot = link->now_ns / tti_ns,
				    .served = CARRIER_NOBODY,
				    .means = {window_slots, 1}};
	carrier->ues = calloc(n, sizeof(*carrier->ues));
	carrier->virtual_end = calloc(n, sizeof(*carrier->virtual_end));
	carrier->ns_per_bit = calloc(n, sizeof(*carrier->ns_per_bit));
	carrier->relative_deadline_ns = calloc(n, sizeof(*carrier->relative_deadline_ns));
	if (!carrier->ues || !carrier->virtual_end || !carrier->ns_per_bit ||
	    !carrier->relative_deadline_ns || heap_init(&carrier->active, n) < 0) {
		carrier_free(carrier);
		return -ENOMEM;
	}
	return 0;
}

void carrier_free(struct carrier *carrier)
{
	free(carrier->ues);
	free(carrier->virtual_end);
	free(carrier->ns_per_bit);
	free(carrier->relative_deadline_ns);
	heap_free(&carrier->active);
	*carrier = (struct carrier){0};
}

void carrier_advance(struct carrier *carrier, int64_t to, bool decide)
{
	if (carrier->next_event_ns > to)
		return;
	if (carrier->rule->sharing == GRANT_AT_ONCE)
		shared_advance(carrier, to);
	else
		turns_advance(carrier, to, decide);
}

void carrier_arrive(struct carrier *carrier, uint32_t ue, int64_t now)
{
	switch (carrier->rule->sharing) {
	case GRANT_OWN_BANDS:
		break; // it transmits by its own clock
	case GRANT_AT_ONCE:
		shared_arrive(carrier, ue, now);
		break;
	case GRANT_IN_TURNS:
		turns_arrive(carrier, ue, now);
		break;
	}
}

static void own_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now)
{
	struct flow *flow = carrier_flow(carrier, ue);
	flow_set_rate(flow, rate_bps, fixed_of(now));
	link_reschedule(carrier->link, flow);
}

void carrier_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now)
{
	if (rate_bps < LINK_MIN_RATE_BPS)
		rate_bps = 0;
	if (rate_bps == carrier->ues[ue].rate_bps)
		return;
	switch (carrier->rule->sharing) {
	case GRANT_OWN_BANDS:
		own_set_rate(carrier, ue, rate_bps, now);
		break;
	case GRANT_AT_ONCE:
		shared_set_rate(carrier, ue, rate_bps, now);
		break;
	case GRANT_IN_TURNS:
		turns_set_rate(carrier, ue, rate_bps, now);
		break;
	}
	carrier->ues[ue].rate_bps = rate_bps;
}

void carrier_reorder(struct carrier *carrier, uint32_t ue)
{
	if (carrier->rule->sharing == GRANT_IN_TURNS)
		turns_reorder(carrier, ue);
}

double carrier_share(const struct carrier *carrier, uint32_t ue)
{
	if (carrier->rule->sharing == GRANT_AT_ONCE && heap_has(&carrier->active, ue))
		return 1. / carrier->active.n;
	return carrier->rule->sharing == GRANT_IN_TURNS && carrier->served == ue ? 1 : 0;
}
