// SPDX-License-Identifier: BSD-3-Clause
// The simulated edge: the host of edge/desk in virtual time. A batch takes its profile's median.
#include "sim/engine_private.h"

static int64_t alone_ns(const struct sim *s, const struct batch *b)
{
	return sim_networks_run_ns(&s->networks, 0, b->booking.network, b->booking.subtask, b->n_members);
}

static int send(struct sim *s, const struct desk_action *a)
{
	uint8_t bytes[MESSAGE_PLAN_MOST];
	size_t size;
	struct message_header h = desk_message(s->edge->desk, a, bytes, &size);
	uint32_t rest = desk_message_rest(s->edge->desk, a);
	if (a->kind == DESK_TELL_SERVER || a->kind == DESK_FORWARD)
		return servers_send(s, a->job->batch.server, &h, bytes, size, rest);
	return transport_send(s, &s->radio, h.ue - 1, LINK_DOWN, &h, bytes, size, rest);
}

static int act(struct sim *s, const struct desk_action *a)
{
	switch (a->kind) {
	case DESK_START_BATCH:
		return sim_schedule(s, s->now_ns + batch_slowed_ns(a->batch, alone_ns(s, a->batch)),
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
	case DESK_REFUSE:
	case DESK_DROP:
	case DESK_TELL_SERVER:
	case DESK_FORWARD:
		return send(s, a);
	case DESK_GRANT:
		return edge_grant(s, a->grant.share, a->grant.n);
	case DESK_READ_CELL:
		return edge_read_cell(s);
	case DESK_CLOSE:
	case DESK_ACTIONS:
		break;
	}
	return 0;
}

int edge_tell(struct sim *s, const struct desk_event *event)
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
		r = edge_tell(s, &plan);
	} while (r > 0);
	r = r < 0 ? r : edge_tell(s, &(struct desk_event){.kind = DESK_RUN, .now_ns = s->now_ns});
	int64_t wake_ns = desk_due_ns(e->desk);
	if (e->wake_ns <= s->now_ns)
		e->wake_ns = TIME_NEVER;
	if (r < 0 || wake_ns >= e->wake_ns)
		return r;
	e->wake_ns = wake_ns;
	return sim_schedule(s, wake_ns, EVENT_EDGE, 0);
}

int edge_message(struct sim *s, const struct sim_message *message)
{
	struct desk_event e = {.now_ns = s->now_ns};
	const uint8_t *body = message->bytes + MESSAGE_HEADER_SIZE;
	int r = desk_read(&e, &message->header, body, s->err);
	r = r < 0 ? r : edge_tell(s, &e);
	return r < 0 ? r : edge_turn(s);
}

int edge_batch_done(struct sim *s, uint32_t id)
{
	bool leaving[BATCH_MAX_MEMBERS];
	struct desk_event e = edge_ended(s, desk_batch(s->edge->desk, id), leaving);
	int r = edge_tell(s, &e);
	return r < 0 ? r : edge_turn(s);
}
