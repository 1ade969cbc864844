// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/punctual.h"

#include "edge/desk/round.h"

static int64_t above_zero(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

void punctual_round(struct punctual *p, int64_t due_ns, int64_t now_ns)
{
	lateness_add(&p->timer, HOST_EDGE_TIMER, now_ns - due_ns);
}

int64_t punctual_plan(struct punctual *p, int64_t took_ns)
{
	int64_t over_ns = above_zero(took_ns - ROUND_ANSWER_MARGIN_NS);
	lateness_add(&p->planning, HOST_PLANNING, over_ns);
	return over_ns;
}

void punctual_read(struct punctual *p, int64_t arrived_ns, int64_t now_ns)
{
	if (arrived_ns > 0)
		lateness_add(&p->read, HOST_EDGE_READ, now_ns - arrived_ns);
}

// How long it took, from being handed over to being noticed, beyond what it was planned with, or what its
// profile decrees.
static void judge_run(struct punctual *p, const struct batch_record *b)
{
	int64_t took_ns = b->noticed_ns - b->start_ns;
	if (b->replayed)
		lateness_add(&p->replay, HOST_REPLAY, took_ns - b->profile_ns);
	else
		lateness_add_bounded(&p->batch, took_ns - b->planned_duration_ns,
				     host_batch_bound_ns(b->planned_duration_ns));
}

int64_t punctual_batch(struct punctual *p, const struct batch_record *b, int64_t booked_ns, bool alone,
		       int64_t input_debt_ns)
{
	int64_t could_ns = booked_ns, debt_ns = 0;
	if (b->last_input_ns > could_ns) {
		could_ns = b->last_input_ns;
		debt_ns = input_debt_ns;
	}
	if (alone && p->free_ns > could_ns) {
		could_ns = p->free_ns;
		debt_ns = p->free_debt_ns;
	}
	int64_t late_ns = booked_ns > 0 ? above_zero(b->start_ns - could_ns) : 0;
	if (booked_ns > 0)
		lateness_add(&p->timer, HOST_EDGE_TIMER, late_ns);
	judge_run(p, b);
	// What is replayed goes on at the instant of its end, however late the loop looks.
	int64_t ended_ns = b->replayed ? b->end_ns : b->noticed_ns;
	debt_ns += late_ns + above_zero(ended_ns - b->start_ns - b->planned_duration_ns);
	p->free_ns = ended_ns;
	p->free_debt_ns = debt_ns;
	return debt_ns;
}

void punctual_send(const struct punctual *p, int channel)
{
	lateness_send(channel, HOST_EDGE_TIMER, &p->timer);
	lateness_send(channel, HOST_EDGE_READ, &p->read);
	lateness_send(channel, HOST_PLANNING, &p->planning);
	lateness_send(channel, HOST_BATCH, &p->batch);
	lateness_send(channel, HOST_REPLAY, &p->replay);
}
