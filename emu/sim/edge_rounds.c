// SPDX-License-Identifier: BSD-3-Clause
// Admission and planning, as edge/process/server_rounds.c does.
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
	const struct sim_edge *e = s->edge;
	d->plan = *answer;
	d->batch = round_task(&e->config, &e->networks, &d->request, d->header.task, (int)answer->cut);
	d->batch.round = (uint32_t)e->totals.rounds;
	d->state = d->batch.next == d->batch.n_subtasks ? DESK_IDLE : DESK_PLANNED;
	d->result = (struct message_result){.batch_start_ns = -1};
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

static int count_uploading(const struct sim_edge *e)
{
	int n = 0;
	for (int i = 0; i < e->config.n_ues; i++)
		n += e->desks[i].state == DESK_PLANNED;
	return n;
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
			      .n_uploading = count_uploading(e),
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
	struct round_record record = round_record_of(e->totals.rounds, round, e->plan, e->answers, 0);
	results_round(s->results, &record);
	for (int i = 0; i < round->n; i++) {
		begin(s, &e->desks[e->asked[i]], &e->answers[i]);
		e->tasks[i] = &e->desks[e->asked[i]].batch;
	}
	r = round_enter(e->batcher, round, e->plan, e->tasks, e->first_batch, s->err);
	for (int i = 0; r == 0 && i < round->n; i++)
		r = answer(s, &e->desks[e->asked[i]], e->first_batch[i]);
	return r;
}

static int run_verdict(struct sim *s, enum slot_verdict verdict)
{
	struct round round = round_of(s, collect(s->edge, (int)verdict));
	boundaries_prepare(s->edge->slots, verdict, &round);
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
	int n_future = boundaries_see_future(e->slots) ? ues_future(s, e->future) : 0;
	int r = boundaries_decide(e->slots, all->requests, all->n, all->now_ns, all->gpu_free_ns, e->future,
				  n_future, e->verdicts, &record, s->err);
	if (r < 0)
		return r;
	e->totals.decisions++;
	results_decision(s->results, &record);
	for (int i = 0; i < all->n; i++)
		e->desks[e->asked[i]].verdict = e->verdicts[i];
	r = run_verdict(s, SLOT_LOCAL);
	r = r < 0 ? r : run_verdict(s, SLOT_CALL);
	return r < 0 || e->n_waiting == 0 ? r : close_at(s, boundaries_next_ns(e->slots, s->now_ns));
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
	const struct policy *urgent = e->slots ? boundaries_urgent(e->slots, request, s->now_ns) : NULL;
	if (urgent) {
		struct round round = round_of(s, 1);
		e->asked[0] = (int)ue;
		e->requests[0] = *request;
		round.policy = urgent;
		return run_round(s, &round);
	}
	if (!first)
		return 0;
	return close_at(s, e->slots ? boundaries_next_ns(e->slots, s->now_ns)
				    : s->now_ns + s->topology->edge.admission_window_ns);
}
