// SPDX-License-Identifier: BSD-3-Clause
// The UEs' connections: who they are, and what they say becomes the desk's events. A peer that breaks a rule
// hears of it and is lost, alone; what it costs the others is bounded (edge/process/refusals.h).
#include "edge/process/server_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "edge/process/terms.h"

enum {
	CONNECTIONS_PER_UE = 4, // one speaks for the UE, others may not have said yet who they are
	CONNECTIONS_PER_TURN = 64,
	MESSAGES_PER_TURN = 16, // then other events have their turn
};

void server_lose(struct server *s, struct session *session, const struct err *why)
{
	struct err ignored;
	log_debug("ue%d: %s", session->ue + 1, why->text);
	session->dead = s->some_dead = true;
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, stream_fd(session->stream), NULL);
	if (session->ue < 0 || s->of_ue[session->ue] != session)
		return;
	s->of_ue[session->ue] = NULL;
	desk_take(s->desk, &(struct desk_event){.kind = DESK_UE_LOST, .lost_ue = session->ue}, &ignored);
}

void server_bury_dead(struct server *s)
{
	for (struct session **at = &s->sessions; *at;) {
		struct session *session = *at;
		if (session->dead) {
			*at = session->next;
			session_free(session);
		} else
			at = &session->next;
	}
	s->some_dead = false;
}

void server_watch_writes(struct server *s, struct session *session)
{
	struct epoll_event event = {.data.ptr = session};
	event.events = EPOLLIN | (stream_wants_write(session->stream) ? (uint32_t)EPOLLOUT : 0u);
	epoll_ctl(s->epoll, EPOLL_CTL_MOD, stream_fd(session->stream), &event);
}

void server_refuse(struct server *s, struct session *session, enum edge_refusal reason, const struct err *why)
{
	refusals_add(&s->refusals, reason, session->from >= 0 ? session->from : session->ue, why);
	struct message_header h = {
	    .type = MESSAGE_ERROR, .run = s->config->run_id, .ue = (uint32_t)session->ue + 1};
	struct err ignored;
	stream_send(session->stream, &h, why->text, strlen(why->text), NULL, 0, false, &ignored);
	server_lose(s, session, why);
}

// ---- who connects

static int count_from(const struct server *s, int from)
{
	int n = 0;
	for (const struct session *session = s->sessions; session; session = session->next)
		n += session->from == from && !session->dead;
	return n;
}

static bool is_welcome(struct server *s, int from)
{
	const int most = from >= 0 ? CONNECTIONS_PER_UE : CONNECTIONS_PER_UE * s->config->n_ues;
	struct err why = {"a connection from an address that is no UE's"};
	enum edge_refusal reason = REFUSED_FOREIGN;
	if (from == -2) {
		from = -1;
	} else if (refusals_exclude(&s->refusals, from)) {
		reason = REFUSED_EXCLUDED;
		err_set(&why, EPROTO, "a further connection after %d broken rules", REFUSALS_MOST);
	} else if (count_from(s, from) >= most) {
		reason = REFUSED_CROWD;
		err_set(&why, EPROTO, "more than %d connections at once", most);
	} else {
		return true;
	}
	refusals_add(&s->refusals, reason, from, &why);
	return false;
}

// NULL where the peer is not welcome, or gone already.
static struct session *take_in(struct server *s, int fd)
{
	struct sockaddr_in peer = {0};
	socklen_t size = sizeof(peer);
	if (getpeername(fd, (struct sockaddr *)&peer, &size) < 0)
		return NULL;
	int from = terms_find(s->config, peer.sin_family == AF_INET ? ntohl(peer.sin_addr.s_addr) : 0);
	struct session *session = is_welcome(s, from) ? session_new(fd) : NULL;
	if (session)
		session->from = from;
	return session;
}

void server_accept(struct server *s)
{
	int fd;
	for (int n = 0; n < CONNECTIONS_PER_TURN && (fd = descriptors_accept(s->listener, &s->spare)) >= 0;
	     n++) {
		struct session *session = take_in(s, fd);
		if (!session || server_watch(s, fd, session) < 0) {
			if (session)
				session_free(session);
			else
				close(fd);
			continue;
		}
		session->next = s->sessions;
		s->sessions = session;
	}
}

// ---- what they say

// When a request would have come, had its UE woken in time for the task. Slots of an online policy fall on
// their own instants.
static int64_t asked_ns(const struct server *s, const struct session *session, const struct message_header *h,
			int64_t arrival_ns, int64_t now_ns)
{
	int64_t read_ns = stream_arrived_ns(session->stream);
	int64_t came_ns = read_ns > 0 && read_ns < now_ns ? read_ns : now_ns;
	if (online_policy_is(s->config->policy))
		return now_ns;
	int64_t woke_late_ns = h->sent_ns - arrival_ns;
	bool was_idle = woke_late_ns > 0 && woke_late_ns < ROUND_ANSWER_MARGIN_NS / 2;
	return came_ns - (was_idle ? woke_late_ns : 0);
}

static int on_hello(struct server *s, struct session *session, const struct message_header *h,
		    const uint8_t *body, enum edge_refusal *reason, struct err *err)
{
	int ue = terms_hello(s->config, s->secrets, session->from, h, body, reason, err);
	if (ue < 0)
		return ue;
	*reason = REFUSED_SECOND;
	if (s->of_ue[ue])
		return err_set(err, EPROTO, "a second connection of ue%u", h->ue);
	session->ue = ue;
	s->of_ue[ue] = session;
	const struct edge_ue *u = &s->config->ues[ue];
	stream_limit(session->stream, session_largest_body(s->models.networks[u->network], u->features));
	return 0;
}

static int on_request(struct server *s, struct session *session, const struct message_header *h,
		      const uint8_t *body, int64_t now_ns, enum edge_refusal *reason, struct err *err)
{
	struct desk_event e = {.now_ns = now_ns};
	*reason = REFUSED_FIGURES;
	int r = session_request(h, body, s->config, s->models.networks, &e, err);
	r = r < 0 ? r
		  : terms_request(&s->config->ues[session->ue].terms, h, &e.request.message, s->epoch_ns,
				  now_ns, reason, err);
	if (r < 0)
		return r;
	*reason = REFUSED_ORDER;
	e.request.asked_ns = asked_ns(s, session, h, e.request.message.arrival_ns, now_ns);
	return server_tell(s, &e, err);
}

static int on_tensor(struct server *s, struct session *session, const struct message_header *h,
		     int64_t now_ns, enum edge_refusal *reason, struct err *err)
{
	struct desk_event e = {.kind = DESK_TENSOR, .now_ns = now_ns, .tensor = {session->ue, h->task}};
	const struct desk_job *job = desk_find(s->desk, session->ue, h->task);
	*reason = REFUSED_ORDER;
	if (job && job->state == DESK_PLANNED) {
		int r = hosted_receive(job, h, session->stream, err);
		if (r < 0)
			return r;
		server_note_tensor(s, job, h->sent_ns, now_ns);
	}
	return server_tell(s, &e, err);
}

static int check_speaker(const struct server *s, const struct session *session,
			 const struct message_header *h, enum edge_refusal *reason, struct err *err)
{
	*reason = REFUSED_UNKNOWN;
	if ((session->ue < 0) != (h->type == MESSAGE_HELLO))
		return err_set(err, EPROTO, "a %s message %s", message_type_name(h->type),
			       session->ue < 0 ? "before the hello with which a connection begins"
					       : "on a connection that has begun");
	*reason = REFUSED_IMPOSTOR;
	if (session->ue >= 0 && (h->run != s->config->run_id || h->ue != (uint32_t)session->ue + 1))
		return err_set(err, EPROTO, "a %s message of ue%u in run %u over the connection of ue%d",
			       message_type_name(h->type), h->ue, h->run, session->ue + 1);
	return 0;
}

static int on_message(struct server *s, struct session *session, const struct message_header *h,
		      const uint8_t *body, enum edge_refusal *reason, struct err *err)
{
	int64_t now = clock_now_ns();
	int r = check_speaker(s, session, h, reason, err);
	if (r < 0)
		return r;
	punctual_read(s->punctual, stream_arrived_ns(session->stream), now);
	switch (h->type) {
	case MESSAGE_HELLO:
		return on_hello(s, session, h, body, reason, err);
	case MESSAGE_REQUEST:
		return on_request(s, session, h, body, now, reason, err);
	case MESSAGE_TENSOR:
		return on_tensor(s, session, h, now, reason, err);
	case MESSAGE_ERROR:
		return err_set(err, EPIPE, "the UE says: %.*s", (int)h->body, (const char *)body);
	case MESSAGE_PLAN:
	case MESSAGE_RESULT:
	case MESSAGE_DROPPED:
		break;
	}
	*reason = REFUSED_ORDER;
	return err_set(err, EPROTO, "a %s message from a UE", message_type_name(h->type));
}

// Whole messages that are there, up to MESSAGES_PER_TURN.
static int read_messages(struct server *s, struct session *session, enum edge_refusal *reason,
			 struct err *err)
{
	int r = 1;
	for (int n = 0; n < MESSAGES_PER_TURN && r > 0 && !session->dead; n++) {
		struct message_header h;
		const uint8_t *body;
		*reason = REFUSED_MALFORMED;
		r = stream_receive(session->stream, &h, &body, err);
		if (r <= 0)
			return r;
		r = on_message(s, session, &h, body, reason, err);
		r = r < 0 ? r : 1;
	}
	return r;
}

void server_serve(struct server *s, struct session *session, uint32_t events)
{
	struct err err = {0};
	enum edge_refusal reason = REFUSED_MALFORMED;
	int r = 0;
	if (events & EPOLLOUT) {
		r = stream_flush(session->stream);
		r = r < 0 ? err_sys(&err, -r, "sending") : 0;
		if (r < 0) {
			server_lose(s, session, &err);
			return;
		}
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		r = read_messages(s, session, &reason, &err);
	if (session->dead)
		return;
	if (r == -EPIPE)
		server_lose(s, session, &err);
	else if (r < 0)
		server_refuse(s, session, reason, &err);
	else
		server_watch_writes(s, session);
}
