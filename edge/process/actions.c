// SPDX-License-Identifier: BSD-3-Clause
// What the desk's actions mean to a process with sockets, a worker and a supervisor.
#include "edge/process/server_private.h"

#include <errno.h>

#include "base/channel.h"

static int note_round(struct server *s, const struct desk_action *a, struct err *err)
{
	struct round_record *record = a->round.record;
	desk_took(s->desk, a, s->took_ns);
	if (a->round.due_ns > 0)
		punctual_round(s->punctual, a->round.due_ns, s->planned_ns);
	s->answer_late_ns = punctual_plan(s->punctual, s->planned_ns + s->took_ns - record->at_ns);
	channel_send(s->channel, CHANNEL_ROUND, record, sizeof(*record));
	return server_place(s, a->round.jobs, (int)record->n_requests, err);
}

static void note_decision(struct server *s, const struct desk_action *a)
{
	const struct decision_record *record = a->decision.record;
	desk_took(s->desk, a, s->took_ns);
	punctual_round(s->punctual, a->decision.due_ns, s->planned_ns);
	channel_send(s->channel, CHANNEL_DECISION, record, DECISION_RECORD_SIZE(record->n_observation));
}

static void refuse_backlog(struct server *s, struct session *session)
{
	struct err why;
	err_set(&why, EPROTO, "%zu bytes of answers wait for a UE that does not read",
		stream_queued(session->stream));
	server_refuse(s, session, REFUSED_BACKLOG, &why);
}

// The plan, the result with its values or why there is none, over the UE's connection if it still has one.
static void send_message(struct server *s, const struct desk_action *a)
{
	struct desk_job *job = a->job;
	struct session *session = s->of_ue[job->request.ue];
	uint8_t bytes[MESSAGE_PLAN_MOST];
	size_t size;
	const void *rest = NULL;
	struct err lost = {0};
	if (a->kind == DESK_SEND_RESULT) {
		job->result.computed = !s->totals->modelled;
		rest = hosted_result(job, s->totals->modelled, s->models.samples[job->batch.network]);
	} else if (a->kind == DESK_REFUSE) {
		rest = a->why->text;
	}
	struct message_header h = desk_message(s->desk, a, bytes, &size);
	if (!session)
		return;
	if (stream_send(session->stream, &h, bytes, size, rest, desk_message_rest(s->desk, a), false, &lost) <
	    0)
		server_lose(s, session, &lost);
	else if (stream_queued(session->stream) > session_backlog(s->config, &s->networks, session->ue))
		refuse_backlog(s, session);
	else
		server_watch_writes(s, session);
}

static int act(struct server *s, const struct desk_action *a, struct err *err)
{
	switch (a->kind) {
	case DESK_START_BATCH:
		return server_start_batch(s, a->batch, err);
	case DESK_NOTE_ROUND:
		return note_round(s, a, err);
	case DESK_NOTE_DECISION:
		note_decision(s, a);
		return 0;
	case DESK_NOTE_BATCH:
		server_note_batch(s, a->record);
		return 0;
	case DESK_SEND_PLAN:
		server_note_answer(s, a->job);
		send_message(s, a);
		return 0;
	case DESK_SEND_RESULT:
		server_note_result(s, a->job);
		send_message(s, a);
		return 0;
	case DESK_DROP:
		server_note_drop(s, a->job);
		send_message(s, a);
		return 0;
	case DESK_REFUSE:
		send_message(s, a);
		return 0;
	case DESK_TELL_SERVER:
	case DESK_FORWARD:
		break; // there are none: only virtual time has further servers
	case DESK_CLOSE:
		hosted_free(a->job);
		return 0;
	case DESK_GRANT:
		server_grant(s, a->grant.share, a->grant.n);
		return 0;
	case DESK_READ_CELL:
		server_read_cell(s, 0);
		return 0;
	case DESK_ACTIONS:
		break;
	}
	return 0;
}

int server_do_actions(struct server *s, struct err *err)
{
	struct desk_action action;
	int r = 0;
	while (r == 0 && desk_next(s->desk, &action))
		r = act(s, &action, err);
	return r;
}

int server_tell(struct server *s, const struct desk_event *event, struct err *err)
{
	int told = desk_take(s->desk, event, err), r = told < 0 ? told : server_do_actions(s, err);
	return r < 0 ? r : told;
}
