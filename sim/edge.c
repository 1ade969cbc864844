// SPDX-License-Identifier: BSD-3-Clause
// The simulated edge: the host of edge/desk in virtual time. A batch takes its profile's median.
#include "sim/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "edge/desk/desk.h"

struct sim_edge {
	struct desk *desk;
	struct future_request *future; // [n_ues]
	int64_t wake_ns;	       // of the earliest EVENT_EDGE that is scheduled
};

int edge_open(struct sim *s)
{
	if (s->networks.n == 0)
		return 0;
	size_t n = (size_t)s->topology->n_ues;
	struct edge_config config;
	struct round_networks networks = sim_networks_for_rounds(&s->networks);
	struct sim_edge *e = s->edge = calloc(1, sizeof(*e));
	if (!e || !(e->future = calloc(n, sizeof(*e->future))))
		return err_set(s->err, ENOMEM, "no memory for %zu UEs", n);
	e->wake_ns = TIME_NEVER;
	int r = sim_edge_config(s, &config);
	r = r < 0 ? r : desk_open(&e->desk, &config, &networks, NULL, s->err);
	free(config.ues);
	if (r == 0)
		sim_edge_describe(s, desk_totals(e->desk));
	return r;
}

void edge_close(struct sim *s)
{
	if (!s->edge)
		return;
	desk_close(s->edge->desk);
	free(s->edge->future);
	free(s->edge);
}

static int64_t alone_ns(const struct sim *s, const struct batch *b)
{
	return sim_networks_run_ns(&s->networks, b->slot.network, b->slot.subtask, b->n_members);
}

static int64_t slowed_ns(const struct batch *b, int64_t ns)
{
	return (int64_t)((double)ns * batch_slowdown(b));
}

static int send(struct sim *s, const struct desk_action *a)
{
	uint8_t bytes[MESSAGE_PLAN_SIZE];
	size_t size;
	struct message_header h = desk_message(s->edge->desk, a, bytes, &size);
	uint32_t values = a->kind == DESK_SEND_RESULT ? a->job->result.n_values : 0;
	return transport_send(s, (uint32_t)a->job->request.ue, LINK_DOWN, &h, bytes, size,
			      values * (uint32_t)sizeof(float));
}

static int act(struct sim *s, const struct desk_action *a)
{
	switch (a->kind) {
	case DESK_START_BATCH:
		return sim_schedule(s, s->now_ns + slowed_ns(a->batch, alone_ns(s, a->batch)),
				    EVENT_BATCH_DONE, a->batch->id);
	case DESK_NOTE_ROUND:
		results_round(s->results, a->round.record);
		return 0;
	case DESK_NOTE_DECISION:
		results_decision(s->results, a->decision.record);
		return 0;
	case DESK_NOTE_BATCH:
		results_batch(s->results, a->record);
		return 0;
	case DESK_SEND_PLAN:
	case DESK_SEND_RESULT:
		return send(s, a);
	case DESK_REFUSE: // a UE that is refused ends the run, as in an emulation
		return err_set(s->err, EPROTO, "%s", a->why->text);
	case DESK_GRANT:
	case DESK_CLOSE:
	case DESK_ACTIONS:
		break;
	}
	return 0;
}

static int tell(struct sim *s, const struct desk_event *event)
{
	struct desk_action action;
	int told = desk_take(s->edge->desk, event, s->err), r = told < 0 ? told : 0;
	while (r == 0 && desk_next(s->edge->desk, &action))
		r = act(s, &action);
	return r < 0 ? r : told;
}

int edge_turn(struct sim *s)
{
	struct sim_edge *e = s->edge;
	int r;
	do {
		struct desk_event plan = {.kind = DESK_PLAN, .now_ns = s->now_ns};
		if (desk_wants_future(e->desk, s->now_ns)) {
			plan.plan.future = e->future;
			plan.plan.n_future = ues_future(s, e->future);
		}
		r = tell(s, &plan);
	} while (r > 0);
	r = r < 0 ? r : tell(s, &(struct desk_event){.kind = DESK_RUN, .now_ns = s->now_ns});
	int64_t plan_ns = desk_plan_due_ns(e->desk), run_ns = desk_run_due_ns(e->desk);
	int64_t wake_ns = plan_ns < run_ns ? plan_ns : run_ns;
	if (e->wake_ns <= s->now_ns)
		e->wake_ns = TIME_NEVER;
	if (r < 0 || wake_ns >= e->wake_ns)
		return r;
	e->wake_ns = wake_ns;
	return sim_schedule(s, wake_ns, EVENT_EDGE, 0);
}

int edge_message(struct sim *s, uint32_t ue, const struct sim_message *message)
{
	const struct message_header *h = &message->header;
	struct desk_event e = {.now_ns = s->now_ns};
	int r = 0;
	if (h->type == MESSAGE_REQUEST) {
		e.kind = DESK_REQUEST;
		e.request.ue = (int)ue;
		e.request.number = h->task;
		e.request.deadline_ns = h->deadline_ns;
		e.request.asked_ns = s->now_ns;
		r = message_get_request(message->bytes + MESSAGE_HEADER_SIZE, h->body, &e.request.message,
					s->err);
	} else {
		e.kind = DESK_TENSOR;
		e.tensor.ue = (int)ue;
		e.tensor.number = h->task;
	}
	r = r < 0 ? r : tell(s, &e);
	return r < 0 ? r : edge_turn(s);
}

int edge_batch_done(struct sim *s, uint32_t id)
{
	const struct batch *b = desk_batch(s->edge->desk, id);
	int64_t alone = alone_ns(s, b), run = slowed_ns(b, alone);
	int64_t p95 = sim_networks_expected_ns(b->slot.network, b->slot.subtask, b->n_members, &s->networks);
	const struct batch_times times = {.start_ns = s->now_ns - run,
					  .end_ns = s->now_ns,
					  .noticed_ns = s->now_ns,
					  .run_ns = run,
					  .profile_ns = run,
					  .profile_p95_ns = slowed_ns(b, p95),
					  .drift = 1,
					  .replayed = true};
	int r = tell(s, &(struct desk_event){.kind = DESK_BATCH_ENDED,
					     .now_ns = s->now_ns,
					     .ended = {.batch = id, .times = times, .alone_ns = alone}});
	return r < 0 ? r : edge_turn(s);
}

void edge_radio(struct sim *s, const struct link_record *link)
{
	if (s->edge)
		tell(s, &(struct desk_event){.kind = DESK_RADIO_CHANGED,
					     .now_ns = s->now_ns,
					     .radio = {link->ue, link->goodput_bps[LINK_UP],
						       link->goodput_bps[LINK_DOWN], link->way_s[LINK_UP],
						       link->way_s[LINK_DOWN]}});
}

bool edge_idle(const struct sim *s)
{
	return !s->edge || desk_idle(s->edge->desk);
}

void edge_report(struct sim *s)
{
	if (s->edge)
		results_edge(s->results, desk_totals(s->edge->desk));
}

struct desk *sim_desk(const struct sim *s)
{
	return s->edge ? s->edge->desk : NULL;
}
