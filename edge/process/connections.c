// SPDX-License-Identifier: BSD-3-Clause
// The UEs' connections: what they say becomes the desk's events.
#include "edge/process/server_private.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"

#define STRANGERS 64

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
			s->n_sessions--;
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

// A UE that broke a rule gets the sentence before it is lost.
static void refuse(struct server *s, struct session *session, const struct err *why)
{
	log_warn("ue%d: %s", session->ue + 1, why->text);
	struct message_header h = {
	    .type = MESSAGE_ERROR, .run = s->config->run_id, .ue = (uint32_t)session->ue + 1};
	struct err ignored;
	stream_send(session->stream, &h, why->text, strlen(why->text), NULL, 0, false, &ignored);
	server_lose(s, session, why);
}

// Each UE has one, and some more may not have said yet who they are.
static bool has_room(const struct server *s)
{
	return s->n_sessions < s->config->n_ues + STRANGERS;
}

void server_accept(struct server *s)
{
	int fd;
	while ((fd = descriptors_accept(s->listener, &s->spare)) >= 0) {
		struct session *session = has_room(s) ? session_new(fd) : NULL;
		if (!session || server_watch(s, fd, session) < 0) {
			if (s->n_turned_away++ == 0)
				log_error("no room for a further connection");
			if (session)
				session_free(session);
			else
				close(fd);
			return;
		}
		session->next = s->sessions;
		s->sessions = session;
		s->n_sessions++;
	}
}

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

static int on_request(struct server *s, struct session *session, const struct message_header *h,
		      const uint8_t *body, int64_t now_ns, struct err *err)
{
	struct desk_event e = {.now_ns = now_ns};
	int r = session_request(session, h, body, s->config, s->models.networks, &e, err);
	if (r < 0)
		return r;
	struct session **of_ue = &s->of_ue[session->ue];
	if (*of_ue && *of_ue != session)
		return err_set(err, EPROTO, "a request of ue%u, which has another connection", h->ue);
	*of_ue = session;
	e.request.asked_ns = asked_ns(s, session, h, e.request.message.arrival_ns, now_ns);
	return server_tell(s, &e, err);
}

static int on_tensor(struct server *s, struct session *session, const struct message_header *h,
		     int64_t now_ns, struct err *err)
{
	struct desk_event e = {.kind = DESK_TENSOR, .now_ns = now_ns, .tensor = {session->ue, h->task}};
	const struct desk_job *job = desk_find(s->desk, session->ue, h->task);
	if (job && job->state == DESK_PLANNED) {
		int r = hosted_receive(job, h, session->stream, err);
		if (r < 0)
			return r;
		server_note_tensor(s, job, h->sent_ns, now_ns);
	}
	return server_tell(s, &e, err);
}

static int on_message(struct server *s, struct session *session, const struct message_header *h,
		      const uint8_t *body, struct err *err)
{
	int64_t now = clock_now_ns();
	punctual_read(s->punctual, stream_arrived_ns(session->stream), now);
	switch (h->type) {
	case MESSAGE_REQUEST:
		return on_request(s, session, h, body, now, err);
	case MESSAGE_TENSOR:
		return on_tensor(s, session, h, now, err);
	case MESSAGE_ERROR:
		return err_set(err, EPIPE, "the UE says: %.*s", (int)h->body, (const char *)body);
	case MESSAGE_PLAN:
	case MESSAGE_RESULT:
	case MESSAGE_DROPPED:
		break;
	}
	return err_set(err, EPROTO, "a %s message from a UE", message_type_name(h->type));
}

void server_serve(struct server *s, struct session *session, uint32_t events)
{
	struct err err = {0};
	int r = 0;
	if (events & EPOLLOUT) {
		r = stream_flush(session->stream);
		r = r < 0 ? err_sys(&err, -r, "sending") : 0;
	}
	while (r >= 0 && !session->dead && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
		struct message_header h;
		const uint8_t *body;
		r = stream_receive(session->stream, &h, &body, &err);
		if (r <= 0)
			break;
		r = on_message(s, session, &h, body, &err);
	}
	if (session->dead)
		return;
	if (r == -EPIPE)
		server_lose(s, session, &err);
	else if (r < 0)
		refuse(s, session, &err);
	else
		server_watch_writes(s, session);
}
