// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/arrivals.h"

#include <errno.h>

#include "base/clock.h"

int arrival_source_open(struct arrival_source *s, const struct arrivals *arrivals, uint64_t seed,
			uint64_t run, uint32_t ue)
{
	*s = (struct arrival_source){.arrivals = *arrivals,
				     .slots = rng_key(seed, run, RNG_ARRIVAL, ue),
				     .deadlines = rng_key(seed, run, RNG_TASK_DEADLINE, ue)};
	if (arrivals->kind == ARRIVALS_BURST && arrivals->count == 0)
		s->arrivals.count = 1;
	if (arrivals->kind != ARRIVALS_POISSON && arrivals->kind != ARRIVALS_PERIODIC)
		return 0;
	s->rng = rng_new(seed, run, RNG_ARRIVAL, ue);
	return s->rng ? 0 : -ENOMEM;
}

void arrival_source_close(struct arrival_source *s)
{
	rng_free(s->rng);
	s->rng = NULL;
}

static int64_t draw_deadline_ns(const struct arrival_source *s, int64_t number)
{
	double low = s->arrivals.deadline_low_s, high = s->arrivals.deadline_high_s;
	double share = low < high ? rng_uniform_at(s->deadlines, (uint64_t)number) : 0;
	return s_to_ns(low + share * (high - low));
}

// The first slot at or after idle_ns, and after the last arrival's, that brings a task.
static int64_t next_slot(struct arrival_source *s, int64_t idle_ns)
{
	int64_t slot_ns = s_to_ns(s->arrivals.slot_s), slot = (idle_ns + slot_ns - 1) / slot_ns;
	if (slot < s->next_slot)
		slot = s->next_slot;
	while (rng_uniform_at(s->slots, (uint64_t)slot) >= s->arrivals.probability)
		slot++;
	s->next_slot = slot + 1;
	return slot;
}

static int64_t periodic_ns(const struct arrival_source *s, int index)
{
	const struct arrivals *a = &s->arrivals;
	return s_to_ns(index * a->period_s + (a->jitter_s > 0 ? rng_uniform(s->rng, 0, a->jitter_s) : 0));
}

static int64_t poisson_ns(struct arrival_source *s)
{
	s->last_s += rng_exponential(s->rng, 1 / s->arrivals.rate_hz);
	return s_to_ns(s->last_s);
}

// When task `index`, from 0, arises: with the others of its burst.
static int64_t burst_ns(struct arrival_source *s, int index)
{
	int size = s->arrivals.burst > 1 ? s->arrivals.burst : 1;
	if (index % size == 0)
		s->burst_ns =
		    s->arrivals.kind == ARRIVALS_PERIODIC ? periodic_ns(s, index / size) : poisson_ns(s);
	return s->burst_ns;
}

bool arrival_source_next(struct arrival_source *s, int64_t idle_ns, struct arrival *out)
{
	const struct arrivals *a = &s->arrivals;
	if (a->kind == ARRIVALS_NONE || (a->count > 0 && s->drawn >= a->count))
		return false;
	int index = s->drawn++;
	int64_t number = index;
	switch (a->kind) {
	case ARRIVALS_BURST:
	case ARRIVALS_NONE:
		out->at_ns = 0;
		break;
	case ARRIVALS_PERIODIC:
	case ARRIVALS_POISSON:
		out->at_ns = burst_ns(s, index);
		break;
	case ARRIVALS_IMMEDIATE:
		out->at_ns = idle_ns;
		break;
	case ARRIVALS_BERNOULLI:
		number = next_slot(s, idle_ns);
		out->at_ns = number * s_to_ns(a->slot_s);
		break;
	case ARRIVALS_TRACE:
		if ((size_t)index < a->n_trace)
			*out = a->trace[index];
		return (size_t)index < a->n_trace;
	}
	out->deadline_ns = draw_deadline_ns(s, number);
	return true;
}

int64_t arrivals_longest_deadline_ns(const struct arrivals *a)
{
	int64_t longest = a->kind == ARRIVALS_TRACE ? 0 : s_to_ns(a->deadline_high_s);
	for (size_t i = 0; i < a->n_trace; i++)
		if (a->trace[i].deadline_ns > longest)
			longest = a->trace[i].deadline_ns;
	return longest;
}

const char *const arrivals_kind_names[] = {"burst",	"periodic", "poisson", "immediate",
					   "bernoulli", "trace",    "none",    NULL};

const char *arrivals_kind_name(enum arrivals_kind kind)
{
	return arrivals_kind_names[kind];
}
