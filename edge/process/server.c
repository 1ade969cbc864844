// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/server_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/priority.h"
#include "base/privileges.h"
#include "mac/counters.h"

int server_watch(struct server *s, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

// The shaper has made the counters by now.
static int begin_run(struct server *s, const struct channel_start *start, struct err *err)
{
	server_start_meter(s);
	s->epoch_ns = start->epoch_ns;
	desk_take(s->desk, &(struct desk_event){.kind = DESK_RUN_BEGINS, .epoch_ns = start->epoch_ns}, err);
	server_read_cell(s, 0);
	s->counters = counters_open(s->config->counters, err);
	return s->counters ? privileges_drop(0, err) : -errno; // all files are open now
}

static int read_channel(struct server *s, struct err *err)
{
	struct channel_message m;
	int r = channel_receive(s->channel, &m);
	s->orphaned = s->orphaned || r == 0;
	s->stopping = s->stopping || (r == 1 && m.type == CHANNEL_STOP);
	struct channel_start start;
	struct desk_event radio = {.kind = DESK_RADIO_CHANGED};
	struct err ignored;
	if (r == 1 && CHANNEL_IS(&m, CHANNEL_RADIO, sizeof(radio.radio))) {
		memcpy(&radio.radio, m.body, sizeof(radio.radio));
		desk_take(s->desk, &radio, &ignored);
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

// Every round that is due, each with the time that planning it took.
static int plan_rounds(struct server *s, struct err *err)
{
	int r;
	do {
		s->planned_ns = clock_now_ns();
		r = desk_take(s->desk, &(struct desk_event){.kind = DESK_PLAN, .now_ns = s->planned_ns}, err);
		s->took_ns = clock_now_ns() - s->planned_ns;
		int done = r <= 0 ? 0 : server_do_actions(s, err);
		r = done < 0 ? done : r;
	} while (r > 0);
	return r;
}

// Everything that is due now; returns when to look again.
static int do_what_is_due(struct server *s, int64_t *wake_ns, struct err *err)
{
	int r = plan_rounds(s, err);
	r = r < 0 ? r : server_run_batches(s, wake_ns, err);
	if (r == 0)
		*wake_ns = earlier(*wake_ns, desk_plan_due_ns(s->desk));
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
			server_accept(s);
		else if (what == &s->worker)
			r = server_finish_batches(s, err);
		else if (what == &s->receiver)
			receiver_take(s->receiver);
		else if (what == &s->asking)
			r = server_take_answer(s, err);
		else if (what == &s->channel)
			r = read_channel(s, err);
		else if (!((struct session *)what)->dead)
			server_serve(s, what, events[i].events);
	}
	return r;
}

// What stands at the run's end.
static void report(struct server *s)
{
	receiver_report(s->receiver, s->channel, &s->refusals);
	server_read_meter(s);
	server_note_profiles(s);
	struct worker_times worked = s->worker ? worker_times(s->worker) : (struct worker_times){0};
	s->totals->worker_ns = worked.busy_ns;
	s->totals->worker_cpu_ns = worked.cpu_ns;
	punctual_send(s->punctual, s->channel);
}

int server_run(struct server *s, struct err *err)
{
	struct priority_turns turns;
	priority_exact_timers(); // batches start at their bookings
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
			server_bury_dead(s);
	}
	report(s);
	if (r == 0)
		channel_send(s->channel, CHANNEL_EDGE, s->totals, sizeof(*s->totals));
	return r;
}
