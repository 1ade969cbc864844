// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/refusals.h"

#include "base/log.h"

static uint32_t *count_of(struct refusals *r, int ue)
{
	return r->of_ue && ue >= 0 && ue < r->n_ues ? &r->of_ue[ue] : &r->of_others;
}

void refusals_add(struct refusals *r, enum edge_refusal reason, int ue, const struct err *why)
{
	uint32_t n = ++*count_of(r, ue);
	if (r->of_reason)
		r->of_reason[reason]++;
	const char *rest = n == REFUSALS_LOGGED ? " (further ones are counted in summary.json only)" : "";
	if (n <= REFUSALS_LOGGED && ue >= 0)
		log_warn("ue%d: %s%s", ue + 1, why->text, rest);
	else if (n <= REFUSALS_LOGGED)
		log_warn("a stranger: %s%s", why->text, rest);
}

void refusals_add_many(struct refusals *r, enum edge_refusal reason, uint64_t n)
{
	if (r->of_reason)
		r->of_reason[reason] += n;
}

bool refusals_exclude(const struct refusals *r, int ue)
{
	return r->of_ue && ue >= 0 && ue < r->n_ues && r->of_ue[ue] >= REFUSALS_MOST;
}
