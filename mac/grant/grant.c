// SPDX-License-Identifier: BSD-3-Clause
#include "mac/grant/grant.h"

#include <errno.h>
#include "base/clock.h"

static const struct grant_rule *const rules[GRANT_STRATEGIES] = {
    [GRANT_OWN_BAND] = &grant_own_band,		[GRANT_GRANTED] = &grant_granted,
    [GRANT_EQUAL_SHARE] = &grant_equal_share,	[GRANT_ROUND_ROBIN] = &grant_round_robin,
    [GRANT_PROPORTIONAL] = &grant_proportional, [GRANT_MAX_RATE] = &grant_max_rate,
    [GRANT_PRIORITY] = &grant_priority,		[GRANT_EARLIEST_DEADLINE] = &grant_earliest_deadline,
};

const char *const grant_names[] = {
    [GRANT_OWN_BAND] = "own-band",
    [GRANT_GRANTED] = "granted",
    [GRANT_EQUAL_SHARE] = "equal-share",
    [GRANT_ROUND_ROBIN] = "round-robin",
    [GRANT_PROPORTIONAL] = "proportional-fair",
    [GRANT_MAX_RATE] = "max-rate",
    [GRANT_PRIORITY] = "priority",
    [GRANT_EARLIEST_DEADLINE] = "earliest-deadline",
    NULL,
};

const struct grant_rule *grant_rule_of(enum grant_strategy strategy)
{
	return (unsigned)strategy < GRANT_STRATEGIES ? rules[strategy] : NULL;
}

static bool can_send(const struct grant_ue *ue)
{
	return ue->backlogged && ue->rate_bps > 0;
}

static void divide(const struct grant_ue *ues, size_t n, double band_hz, double *hertz)
{
	size_t n_active = 0;
	for (size_t i = 0; i < n; i++)
		n_active += can_send(&ues[i]);
	for (size_t i = 0; i < n; i++)
		hertz[i] = can_send(&ues[i]) ? band_hz / (double)n_active : 0;
}

// Does a go before b, whose number is higher?
static bool goes_first(const struct grant_rule *rule, const struct grant_ue *a, const struct grant_ue *b)
{
	double urgency_a = rule->urgency(a), urgency_b = rule->urgency(b);
	return urgency_a > urgency_b || (urgency_a >= urgency_b && a->last_turn <= b->last_turn);
}

static void choose(const struct grant_rule *rule, const struct grant_ue *ues, size_t n, double band_hz,
		   double *hertz)
{
	const struct grant_ue *first = NULL;
	for (size_t i = 0; i < n; i++)
		if (can_send(&ues[i]) && !(first && goes_first(rule, first, &ues[i])))
			first = &ues[i];
	for (size_t i = 0; i < n; i++)
		hertz[i] = first == &ues[i] ? band_hz : 0;
}

int64_t grant_decide(const struct grant_rule *rule, const struct grant_ue *ues, size_t n, double band_hz,
		     int64_t tti_ns, int64_t now, double *hertz)
{
	switch (rule->sharing) {
	case GRANT_OWN_BANDS:
		for (size_t i = 0; i < n; i++)
			hertz[i] = ues[i].hertz;
		return TIME_NEVER;
	case GRANT_AT_ONCE:
		divide(ues, n, band_hz, hertz);
		return TIME_NEVER;
	case GRANT_IN_TURNS:
		choose(rule, ues, n, band_hz, hertz);
		return (now / tti_ns + 1) * tti_ns;
	}
	return TIME_NEVER;
}
