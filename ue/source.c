// SPDX-License-Identifier: BSD-3-Clause
#include "ue/source.h"

#include "base/clock.h"

void source_init(struct source *s, const struct arrivals *arrivals, struct rng *rng)
{
	*s = (struct source){.arrivals = *arrivals, .rng = rng};
	if (arrivals->kind == ARRIVALS_BURST && arrivals->count == 0)
		s->arrivals.count = 1;
}

int64_t source_next(struct source *s)
{
	const struct arrivals *a = &s->arrivals;
	if (a->count > 0 && s->drawn >= a->count)
		return TIME_NEVER;
	int index = s->drawn++;
	switch (a->kind) {
	case ARRIVALS_BURST:
		return 0;
	case ARRIVALS_PERIODIC:
		return s_to_ns(index * a->period_s +
			       (a->jitter_s > 0 ? rng_uniform(s->rng, 0, a->jitter_s) : 0));
	case ARRIVALS_POISSON:
		s->last_s += rng_exponential(s->rng, 1 / a->rate_hz);
		return s_to_ns(s->last_s);
	case ARRIVALS_NONE:
		break;
	}
	return TIME_NEVER;
}

const char *arrivals_kind_name(enum arrivals_kind kind)
{
	static const char *const names[] = {"burst", "periodic", "poisson", "none"};
	return names[kind];
}
