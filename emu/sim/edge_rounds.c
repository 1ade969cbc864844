// SPDX-License-Identifier: BSD-3-Clause
// Admission and planning, as edge/server_rounds.c does.
#include "emu/sim/edge_private.h"

#include <errno.h>

#define ANY_VERDICT (-1)

// The UEs that have asked and got this verdict of the present decision.
static int collect(struct sim_edge *e, int verdict)
{
	int n = 0;
	for (int i = 0; i < e->config.n_ues; i++)
		if (e->desks[i].state == DESK_REQUESTED &&
		    (verdict == ANY_VERDICT || (int)e->desks[i].verdict == verdict)) {
			e->asked[n] = i;
			e->requests[n++] = e->desks[i].request;
		}
	return n;
}

// The round has planned: the task starts its life at the edge.
static void begin(const struct sim *s, struct desk *d, const struct message_plan *answer)
{
	const struct snapshot_network *network = &s->networks.seen[s->networks.of_ue[d->request.ue]];
	d->plan = *answer;
	d->state = (int)answer->cut == network->n_subtasks ? DESK_IDLE : DESK_PLANNED;
	d->batch = (struct batch_task){.network = s->networks.of_ue[d->request.ue],
				       .n_subtasks = network->n_subtasks,
				       .next = (int)answer->cut};
	d->result = (struct message_result){.batch_start_ns = -1};
}

static int add_slots(struct sim *s, int n)
{
	struct sim_edge *e = s->edge;
	for (int i = 0; i < n; i++)
		e->first_batch[i] = 0;
	for (int i = 0; i < e->plan->n_batches; i++) {
		const struct plan_batch *b = &e->plan->batches[i];
		const int *who = e->plan->members + b->first;
		struct batch_task *members[BATCH_MAX_MEMBERS];
		if (b->n_users > BATCH_MAX_MEMBERS)
			return err_set(s->err, E2BIG, "a batch of %d: at most %d are run", b->n_users,
				       BATCH_MAX_MEMBERS);
		for (int k = 0; k < b->n_users; k++)
			members[k] = &e->desks[e->asked[who[k]]].batch;
		uint32_t id;
		struct batch_slot slot = round_slot(e->plan, b, s->now_ns);
		int r = batcher_add_slot(e->batcher, &slot, members, b->n_users, &id);
		if (r < 0)
			return err_sys(s->err, -r, "planning a batch");
		for (int k = 0; k < b->n_users; k++)
			if (e->first_batch[who[k]] == 0)
				e->first_batch[who[k]] = id;
	}
	return 0;
}

static int answer(struct sim *s, const struct desk *d, uint32_t first_batch)
{
	uint8_t body[MESSAGE_PLAN_SIZE];
	message_put_plan(body, &d->plan);
	struct message_header h = d->header;
	h.type = MESSAGE_PLAN;
	h.subtask = d->plan.cut;
	h.batch = first_batch;
	return transport_send(s, (uint32_t)d->request.ue, LINK_DOWN, &h, body, sizeof(body), 0);
}

// A round of the first n of e->asked.
static struct round round_of(const struct sim *s, int n)
{
	const struct sim_edge *e = s->edge;
	return (struct round){.config = &e->config,
			      .policy = e->policy,
			      .networks = &e->networks,
			      .requests = e->requests,
			      .n = n,
			      .now_ns = s->now_ns,
			      .gpu_free_ns = batcher_planned_end_ns(e->batcher)};
}

static int run_round(struct sim *s, const struct round *round)
{
	struct sim_edge *e = s->edge;
	if (round->n == 0)
		return 0;
	int r = round_plan(round, e->plan, e->answers, s->err);
	if (r == 0 && e->plan->gpu_shares > e->config.n_ues)
		r = err_set(s->err, ENOTSUP,
			    "the policy %s shares the GPU among %d batches: there are %d UEs",
			    round->policy->name, e->plan->gpu_shares, e->config.n_ues);
	if (r < 0)
		return r;
	e->n_waiting -= round->n;
	e->totals.rounds++;
	e->totals.edge_charged |= e->plan->edge_charged;
	for (int i = 0; i < round->n; i++)
		begin(s, &e->desks[e->asked[i]], &e->answers[i]);
	r = add_slots(s, round->n);
	for (int i = 0; r == 0 && i < round->n; i++)
		r = answer(s, &e->desks[e->asked[i]], e->first_batch[i]);
	return r;
}

static int run_verdict(struct sim *s, enum slot_verdict verdict)
{
	struct round round = round_of(s, collect(s->edge, (int)verdict));
	slots_prepare(s->edge->slots, verdict, &round);
	return run_round(s, &round);
}

static int close_at(struct sim *s, int64_t at_ns)
{
	s->edge->round_closes_ns = at_ns;
	return sim_schedule(s, at_ns, EVENT_ROUND, 0);
}

// A slot boundary: who goes, locally or in a call; the others wait for the next.
static int decide(struct sim *s, const struct round *all)
{
	struct sim_edge *e = s->edge;
	struct decision_record record;
	int n_future = slots_see_future(e->slots) ? ues_future(s, e->future) : 0;
	int r = slots_decide(e->slots, all->requests, all->n, all->now_ns, all->gpu_free_ns, e->future,
			     n_future, e->verdicts, &record, s->err);
	if (r < 0)
		return r;
	e->totals.decisions++;
	results_decision(s->results, &record);
	for (int i = 0; i < all->n; i++)
		e->desks[e->asked[i]].verdict = e->verdicts[i];
	r = run_verdict(s, SLOT_LOCAL);
	r = r < 0 ? r : run_verdict(s, SLOT_CALL);
	return r < 0 || e->n_waiting == 0 ? r : close_at(s, slots_next_ns(e->slots, s->now_ns));
}

int sim_edge_close_round(struct sim *s)
{
	struct round round = round_of(s, collect(s->edge, ANY_VERDICT));
	return s->edge->slots ? decide(s, &round) : run_round(s, &round);
}

int sim_edge_admit(struct sim *s, uint32_t ue)
{
	struct sim_edge *e = s->edge;
	const struct round_request *request = &e->desks[ue].request;
	bool first = e->n_waiting++ == 0;
	const struct policy *urgent = e->slots ? slots_urgent(e->slots, request, s->now_ns) : NULL;
	if (urgent) {
		struct round round = round_of(s, 1);
		e->asked[0] = (int)ue;
		e->requests[0] = *request;
		round.policy = urgent;
		return run_round(s, &round);
	}
	if (!first)
		return 0;
	return close_at(s, e->slots ? slots_next_ns(e->slots, s->now_ns)
				    : s->now_ns + s->topology->edge.admission_window_ns);
}
