// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/server_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/priority.h"
#include "mac/counters.h"

int server_watch(struct server *s, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

void server_lose(struct server *s, struct session *session, const struct err *why)
{
	log_debug("ue%d: %s", session->ue + 1, why->text);
	if (session->state == SESSION_REQUESTED)
		s->n_waiting--;
	session->state = SESSION_IDLE;
	session->dead = true;
	s->some_dead = true;
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, stream_fd(session->stream), NULL);
}

static void bury_dead(struct server *s)
{
	s->some_dead = false;
	for (struct session **at = &s->sessions; *at;) {
		struct session *session = *at;
		if (!session->dead || session->batch.running) {
			s->some_dead = s->some_dead || session->dead;
			at = &session->next;
			continue;
		}
		*at = session->next;
		batcher_forget(s->batcher, &session->batch);
		session_free(session);
	}
}

// A UE that breaks the protocol gets the sentence before its connection ends.
static void refuse(struct server *s, struct session *session, const struct err *why)
{
	log_warn("ue%d: %s", session->ue + 1, why->text);
	struct message_header h = session->header;
	h.type = MESSAGE_ERROR;
	struct err ignored;
	stream_send(session->stream, &h, why->text, strlen(why->text), NULL, 0, false, &ignored);
	server_lose(s, session, why);
}

void server_watch_writes(struct server *s, struct session *session)
{
	struct epoll_event event = {.data.ptr = session};
	event.events = EPOLLIN | (stream_wants_write(session->stream) ? (uint32_t)EPOLLOUT : 0u);
	epoll_ctl(s->epoll, EPOLL_CTL_MOD, stream_fd(session->stream), &event);
}

static void accept_all(struct server *s)
{
	int fd;
	while ((fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct session *session = session_new(fd);
		if (!session || server_watch(s, fd, session) < 0) {
			log_error("no memory for a further UE");
			if (session)
				session_free(session);
			else
				close(fd);
			return;
		}
		session->next = s->sessions;
		s->sessions = session;
	}
}

// When a request would have come, had its UE woken in time for the task. Slots fall on their own instants.
static int64_t asked_ns(const struct server *s, const struct session *session, const struct message_header *h,
			int64_t now_ns)
{
	int64_t arrived_ns = stream_arrived_ns(session->stream);
	int64_t came_ns = arrived_ns > 0 && arrived_ns < now_ns ? arrived_ns : now_ns;
	if (s->slots)
		return now_ns;
	int64_t woke_late_ns = h->sent_ns - session->request.request.arrival_ns;
	bool was_idle = woke_late_ns > 0 && woke_late_ns < ROUND_ANSWER_MARGIN_NS / 2;
	return came_ns - (was_idle ? woke_late_ns : 0);
}

static int on_message(struct server *s, struct session *session, const struct message_header *h,
		      const uint8_t *body, struct err *err)
{
	int64_t now = clock_now_ns();
	int r;
	punctual_read(s->punctual, stream_arrived_ns(session->stream), now);
	switch (h->type) {
	case MESSAGE_REQUEST:
		r = session_request(session, h, body, s->config, s->models.networks, err);
		if (r < 0)
			return r;
		s->totals.requests++;
		server_admit(s, session, asked_ns(s, session, h, now));
		return 0;
	case MESSAGE_TENSOR:
		r = session_tensor(session, h, now, err);
		if (r == 0)
			server_note_tensor(s, session, h, now);
		if (r == 0)
			batcher_input(s->batcher, &session->batch, now);
		return r;
	case MESSAGE_ERROR:
		return err_set(err, EPIPE, "the UE says: %.*s", (int)h->body, (const char *)body);
	case MESSAGE_PLAN:
	case MESSAGE_RESULT:
		break;
	}
	return err_set(err, EPROTO, "a %s message from a UE", message_type_name(h->type));
}

static void serve(struct server *s, struct session *session, uint32_t events)
{
	struct err err = {0};
	int r = 0;
	if (events & EPOLLOUT) {
		r = stream_flush(session->stream);
		r = r < 0 ? err_sys(&err, -r, "sending") : 0;
	}
	while (r >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
		struct message_header h;
		const uint8_t *body;
		r = stream_receive(session->stream, &h, &body, &err);
		if (r <= 0)
			break;
		r = on_message(s, session, &h, body, &err);
	}
	if (r == -EPIPE)
		server_lose(s, session, &err);
	else if (r < 0)
		refuse(s, session, &err);
	else
		server_watch_writes(s, session);
}

// The shaper has made the counters by now.
static int begin_run(struct server *s, const struct channel_start *start, struct err *err)
{
	server_start_meter(s);
	if (s->slots)
		boundaries_start(s->slots, start->epoch_ns);
	s->counters = counters_open(s->config->counters, err);
	return s->counters ? 0 : -errno;
}

static void take_radio(struct server *s, const struct radio_record *radio)
{
	if (radio->ue >= (uint32_t)s->config->n_ues)
		return;
	struct edge_ue *ue = &s->config->ues[radio->ue];
	ue->uplink_bps = radio->uplink_bps;
	ue->downlink_bps = radio->downlink_bps;
	ue->uplink_delay_s = radio->uplink_delay_s;
	ue->downlink_delay_s = radio->downlink_delay_s;
}

static int read_channel(struct server *s, struct err *err)
{
	struct channel_message m;
	int r = channel_receive(s->channel, &m);
	s->orphaned = s->orphaned || r == 0;
	s->stopping = s->stopping || (r == 1 && m.type == CHANNEL_STOP);
	struct channel_start start;
	struct radio_record radio;
	if (r == 1 && CHANNEL_IS(&m, CHANNEL_RADIO, sizeof(radio))) {
		memcpy(&radio, m.body, sizeof(radio));
		take_radio(s, &radio);
	}
	if (r != 1 || !CHANNEL_IS(&m, CHANNEL_START, sizeof(start)))
		return 0;
	memcpy(&start, m.body, sizeof(start));
	return begin_run(s, &start, err);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

// Everything that is due now; returns when to look again.
static int do_what_is_due(struct server *s, int64_t *wake_ns, struct err *err)
{
	int64_t now = clock_now_ns();
	bool complete = !s->slots && s->n_waiting == s->config->n_ues;
	int r = server_plan_urgent(s, err);
	if (r == 0 && s->n_waiting > 0 && (now >= s->round_closes_ns || complete)) {
		if (now >= s->round_closes_ns)
			punctual_round(s->punctual, s->round_closes_ns, now);
		r = server_close_round(s, err);
	}
	if (r < 0)
		return r;
	r = server_run_batches(s, wake_ns, err);
	if (r == 0 && s->n_waiting > 0)
		*wake_ns = earlier(*wake_ns, s->round_closes_ns);
	return r;
}

static int wait_until(struct server *s, int64_t wake_ns)
{
	int64_t left = wake_ns - clock_now_ns();
	struct timespec timeout = {.tv_sec = left > 0 ? left / NS_PER_S : 0,
				   .tv_nsec = left > 0 ? left % NS_PER_S : 0};
	struct pollfd fd = {.fd = s->epoll, .events = POLLIN};
	return ppoll(&fd, 1, wake_ns == TIME_NEVER ? NULL : &timeout, NULL);
}

static int handle_events(struct server *s, struct err *err)
{
	struct epoll_event events[64];
	int n = epoll_wait(s->epoll, events, 64, 0);
	int r = 0;
	for (int i = 0; r == 0 && i < n; i++) {
		void *what = events[i].data.ptr;
		if (what == &s->listener)
			accept_all(s);
		else if (what == &s->worker)
			r = server_finish_batches(s, err);
		else if (what == &s->receiver)
			receiver_take(s->receiver);
		else if (what == &s->channel)
			r = read_channel(s, err);
		else if (!((struct session *)what)->dead)
			serve(s, what, events[i].events);
	}
	return r;
}

int server_run(struct server *s, struct err *err)
{
	struct priority_turns turns;
	priority_exact_timers(); // batches start at their slots
	priority_raise(-20);
	priority_turns_begin(&turns, PRIORITY_SOURCE, clock_now_ns());
	int r = 0;
	while (r == 0 && !s->orphaned && !(s->stopping && s->n_running == 0)) {
		int64_t wake_ns;
		r = do_what_is_due(s, &wake_ns, err);
		int64_t since_ns = clock_now_ns();
		int ready = r == 0 ? wait_until(s, wake_ns) : 0;
		priority_turns_slept(&turns, since_ns, clock_now_ns());
		if (ready > 0)
			r = handle_events(s, err);
		if (s->some_dead)
			bury_dead(s);
	}
	receiver_take(s->receiver);
	receiver_report(s->receiver, s->channel);
	server_read_meter(s);
	server_note_profiles(s);
	struct worker_times worked = s->worker ? worker_times(s->worker) : (struct worker_times){0};
	s->totals.worker_ns = worked.busy_ns;
	s->totals.worker_cpu_ns = worked.cpu_ns;
	punctual_send(s->punctual, s->channel);
	if (r == 0)
		channel_send(s->channel, CHANNEL_EDGE, &s->totals, sizeof(s->totals));
	return r;
}
