// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/ue_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/channel.h"
#include "base/priority.h"
#include "base/privileges.h"

#define UE_NICE (-20)

static void read_channel(struct ue *u)
{
	struct channel_message m;
	int r = channel_receive(u->channel, &m);
	if (r == 0 || (r == 1 && m.type == CHANNEL_STOP)) {
		u->stopping = true;
	} else if (r == 1 && CHANNEL_IS(&m, CHANNEL_START, sizeof(struct channel_start))) {
		struct channel_start start;
		memcpy(&start, m.body, sizeof(start));
		u->end_ns = start.end_ns;
		life_start(&u->life, start.epoch_ns, start.end_ns, ue_now(u));
		sender_start(u->sender, start.epoch_ns, start.end_ns);
	}
}

// When nothing more is to be done: the last datagrams need some time to arrive.
static int64_t quiet_ns(const struct ue *u)
{
	return u->end_ns + (u->sender ? s_to_ns(u->config->traffic.linger_s) : 0);
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static int64_t next_deadline(const struct ue *u)
{
	int64_t next = earlier(life_due_ns(&u->life), sender_next_ns(u->sender));
	if (!u->end_ns)
		return next;
	if (life_is_over(&u->life) && next == TIME_NEVER)
		return quiet_ns(u);
	return earlier(next, u->life.patience_ns);
}

static struct timespec timeout_of(int64_t left_ns)
{
	int64_t ns = left_ns > 0 ? left_ns : 0;
	return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

// Sleeps until a descriptor is ready or shortly before `next`, and spins the rest, so that a timer is on time
// though wake-ups are late (base/lead.h).
static int sleep_until(struct ue *u, struct pollfd fds[2], int64_t next)
{
	int64_t before = clock_now_ns(), wake = next == TIME_NEVER ? next : next - lead_of(&u->lead, before);
	struct timespec timeout = timeout_of(wake - before);
	int n = ppoll(fds, 2, next == TIME_NEVER ? NULL : &timeout, NULL);
	int64_t after = clock_now_ns();
	priority_turns_slept(&u->turns, before, after);
	if (n != 0)
		return n;
	if (wake > before)
		lead_learn(&u->lead, wake, after);
	while (clock_now_ns() < next)
		;
	lead_spend(&u->lead, clock_now_ns() - after);
	return n;
}

static int wait_for_something(struct ue *u)
{
	struct pollfd fds[2] = {
	    {.fd = stream_fd(u->stream),
	     .events = (short)(POLLIN | (stream_wants_write(u->stream) ? POLLOUT : 0))},
	    {.fd = u->channel, .events = POLLIN},
	};
	int n = sleep_until(u, fds, next_deadline(u));
	if (n < 0 && errno != EINTR)
		return -errno;
	if (n > 0 && fds[1].revents)
		read_channel(u);
	return n > 0 ? fds[0].revents : 0;
}

static bool finished(const struct ue *u, int64_t now)
{
	if (u->stopping)
		return true;
	if (!u->end_ns)
		return false;
	return (life_is_over(&u->life) && now >= quiet_ns(u)) || now >= u->life.patience_ns;
}

static int step(struct ue *u, struct err *err)
{
	int events = wait_for_something(u);
	if (events < 0)
		return err_sys(err, -events, "waiting for the edge");
	int64_t now = clock_now_ns();
	int r = sender_send_due(u->sender, now, err);
	if (r == 0 && now >= life_due_ns(&u->life)) {
		life_wake(&u->life, ue_now(u));
		r = ue_follow(u, err);
	}
	if (r == 0 && (events & POLLOUT))
		r = ue_flush(u, err);
	if (r == 0 && (events & (POLLIN | POLLHUP | POLLERR)))
		r = ue_read_messages(u, err);
	return r;
}

// A UE sleeps nearly always, so it may go first (without the right to, it goes when it can); one that sends
// datagrams all the time may not.
static void be_punctual(struct ue *u)
{
	bool may = !u->sender || u->config->traffic.realtime;
	priority_exact_timers();
	lead_init(&u->lead, LEAD_SHARE, clock_now_ns());
	priority_raise(UE_NICE);
	priority_turns_begin(&u->turns, may ? PRIORITY_SOURCE : PRIORITY_NORMAL, clock_now_ns());
}

static void send_last_records(const struct ue *u)
{
	lateness_send(u->channel, HOST_UE_TIMER, &u->timer);
	lateness_send(u->channel, HOST_UE_READ, &u->read);
	sender_report(u->sender, u->channel);
}

int ue_run(struct ue *u, struct err *err)
{
	be_punctual(u);
	int r = privileges_drop(0, err); // sockets and files are open
	while (r == 0 && !finished(u, clock_now_ns()))
		r = step(u, err);
	life_stop(&u->life, r < 0 ? TASK_FAILED : TASK_CUT_SHORT, ue_now(u));
	ue_follow(u, NULL); // records
	send_last_records(u);
	priority_realtime(PRIORITY_NORMAL); // many UEs end together: others' tasks must not wait for that
	return r;
}
