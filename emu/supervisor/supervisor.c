// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/supervisor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/privileges.h"

#define START_PATIENCE_NS (60 * NS_PER_S)
#define STOP_PATIENCE_NS (10 * NS_PER_S)
#define UE_GRACE_NS (5 * NS_PER_S) // beyond the last deadline, on top of the UEs' own grace
#define CAUSE_PATIENCE_NS (200 * NS_PER_MS)
#define START_AFTER_NS (100 * NS_PER_MS) // everybody has the start signal by then

// A UE may fail because the edge did, and the edge because of the shaper: the deeper cause is the one to
// tell.
static int depth_of(const char *label)
{
	return strcmp(label, "shaper") == 0 ? 2 : strcmp(label, "edge") == 0 ? 1 : 0;
}

void supervisor_fail(struct supervisor *s, const char *label, const char *why)
{
	if (s->failed && depth_of(label) <= s->failure_depth)
		return;
	s->failed = true;
	s->failure_depth = depth_of(label);
	err_set(&s->failure, ECHILD, "%s: %s", label, why);
}

int supervisor_watch(struct supervisor *s, int fd, uint64_t what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

// What a program may need until its ports, sockets and files are open, wherever they lie
// (docs/privileges.md).
static uint64_t needs_of(int index)
{
	const uint64_t files = PRIVILEGE(CAP_DAC_READ_SEARCH), sockets = PRIVILEGE(CAP_NET_ADMIN);
	return index == SHAPER ? files | sockets | PRIVILEGE(CAP_DAC_OVERRIDE) | PRIVILEGE(CAP_NET_RAW) |
				     PRIVILEGE(CAP_IPC_LOCK) | PRIVILEGE(CAP_SYS_NICE)
			       : files | sockets;
}

static int start_child(struct supervisor *s, int index, const char *label, const char *program, int netns,
		       int ask, struct err *err)
{
	char config[PATH_MAX];
	config_path(config, sizeof(config), s->run->directory, label);
	struct child *c = &s->children[index];
	int r = child_start(c, label, program, config, netns, s->log_fd, ask, needs_of(index), err);
	if (r < 0)
		return r;
	fcntl(c->channel, F_SETFL, O_NONBLOCK);
	if (supervisor_watch(s, c->channel, (uint64_t)index * 2) < 0 ||
	    supervisor_watch(s, c->pidfd, (uint64_t)index * 2 + 1) < 0)
		return err_sys(err, errno, "cannot watch %s", label);
	return 0;
}

// Waits until something happens or until_ns, and handles it.
static void turn(struct supervisor *s, int64_t until_ns)
{
	struct epoll_event events[64];
	int64_t left = until_ns - clock_now_ns();
	int timeout = left < 0 ? 0 : (int)(left / NS_PER_MS) + 1;
	if (timeout > 200)
		timeout = 200; // progress
	int n = epoll_wait(s->epoll, events, 64, timeout);
	for (int i = 0; i < n; i++) {
		uint64_t what = events[i].data.u64;
		if (what == signal_datum(s)) {
			struct signalfd_siginfo info;
			s->interrupted = read(s->signals, &info, sizeof(info)) > 0 || s->interrupted;
			continue;
		}
		if (what == control_datum(s)) {
			control_serve(s->control);
			continue;
		}
		struct child *c = &s->children[what / 2];
		if (what % 2)
			supervisor_on_exit(s, c);
		else
			supervisor_read_channel(s, c);
	}
}

static bool all(const struct supervisor *s, int from, int to, size_t flag_offset)
{
	for (int i = from; i < to; i++)
		if (!*(const bool *)((const char *)&s->children[i] + flag_offset))
			return false;
	return true;
}

#define ALL_READY(s, from, to) all(s, from, to, offsetof(struct child, ready))
#define ALL_DONE(s, from, to) all(s, from, to, offsetof(struct child, done))
#define ALL_GONE(s, from, to) all(s, from, to, offsetof(struct child, gone))

static int wait_ready(struct supervisor *s, int from, int to, struct err *err)
{
	int64_t until = clock_now_ns() + START_PATIENCE_NS;
	while (!ALL_READY(s, from, to) && !s->failed && !s->interrupted && clock_now_ns() < until)
		turn(s, until);
	if (s->interrupted)
		return err_set(err, EINTR, "interrupted before the run began");
	if (s->failed) {
		*err = s->failure;
		return -ECHILD;
	}
	for (int i = from; i < to; i++)
		if (!s->children[i].ready)
			return err_set(err, ETIMEDOUT, "%s was not ready within %lld s", s->children[i].label,
				       (long long)(START_PATIENCE_NS / NS_PER_S));
	return 0;
}

static int take_signals(struct supervisor *s, struct err *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->signals < 0 || s->epoll < 0 || supervisor_watch(s, s->signals, signal_datum(s)) < 0)
		return err_sys(err, errno, "cannot watch signals");
	return 0;
}

static int open_log(struct supervisor *s, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/log.txt", s->run->directory);
	s->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return s->log_fd < 0 ? err_sys(err, errno, "cannot write %s", path) : 0;
}

// A number for each UE, by which the edge knows it.
static int draw_secrets(struct supervisor *s, struct err *err)
{
	size_t size = (size_t)s->run->topology->n_ues * sizeof(*s->secrets);
	uint8_t *at = (uint8_t *)(s->secrets = malloc(size));
	if (!at)
		return err_set(err, ENOMEM, "no memory for %d UEs", s->run->topology->n_ues);
	for (size_t got = 0; got < size;) {
		ssize_t n = getrandom(at + got, size - got, 0);
		if (n < 0 && errno != EINTR)
			return err_sys(err, errno, "the kernel gives no random numbers");
		got += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

// It finds them before all else. That one is gone is noticed where children are watched.
static int tell_secrets(const struct child *c, const uint64_t secrets[], size_t n, struct err *err)
{
	const size_t most = CHANNEL_MAX_BODY / sizeof(*secrets);
	int r = 0;
	for (size_t at = 0; at < n && r == 0; at += most) {
		size_t some = n - at < most ? n - at : most;
		r = channel_send(c->channel, CHANNEL_SECRETS, secrets + at, some * sizeof(*secrets));
	}
	return r < 0 && r != -EPIPE ? err_sys(err, -r, "cannot speak to %s", c->label) : 0;
}

// The two that can speak to each other without us: what the edge asks of the cell is obeyed within a slot.
static int start_shaper_and_edge(struct supervisor *s, const struct testbed_net *net, struct err *err)
{
	int ask[2];
	int r = channel_pair(ask, err);
	if (r < 0)
		return r;
	r = start_child(s, SHAPER, "shaper", "airbatch-shaper", testbed_net_shaper_fd(net), ask[0], err);
	r = r < 0 ? r : start_child(s, EDGE, "edge", "airbatch-edge", testbed_net_edge_fd(net), ask[1], err);
	close(ask[0]);
	close(ask[1]);
	return r < 0 ? r : tell_secrets(&s->children[EDGE], s->secrets, (size_t)s->run->topology->n_ues, err);
}

static int start_all(struct supervisor *s, const struct testbed_net *net, struct err *err)
{
	int r = draw_secrets(s, err);
	r = r < 0 ? r : start_shaper_and_edge(s, net, err);
	r = r < 0 ? r : wait_ready(s, SHAPER, FIRST_UE, err);
	for (int i = 0; r == 0 && i < s->run->topology->n_ues; i++) {
		char label[16];
		snprintf(label, sizeof(label), "ue%d", i + 1);
		r = start_child(s, FIRST_UE + i, label, "airbatch-ue", testbed_net_ue_fd(net, i), -1, err);
		r = r < 0 ? r : tell_secrets(&s->children[FIRST_UE + i], &s->secrets[i], 1, err);
	}
	return r < 0 ? r : wait_ready(s, FIRST_UE, s->n_children, err);
}

int supervisor_open(struct supervisor **out, const struct prepared_run *run, const struct testbed_net *net,
		    struct results *results, struct err *err)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	*s = (struct supervisor){.run = run, .results = results, .epoll = -1, .signals = -1, .log_fd = -1};
	int n = FIRST_UE + run->topology->n_ues;
	s->children = calloc((size_t)n, sizeof(*s->children));
	s->n_children = s->children ? n : 0;
	s->told = calloc((size_t)run->topology->n_ues, sizeof(*s->told));
	if (!s->children || !s->told) {
		supervisor_close(s);
		return err_set(err, ENOMEM, "no memory for %d processes", n);
	}
	int r = take_signals(s, err);
	r = r < 0 ? r : open_log(s, err);
	r = r < 0 ? r : start_all(s, net, err);
	r = r < 0 ? r : supervisor_open_control(s, err);
	if (r < 0) {
		supervisor_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void supervisor_close(struct supervisor *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->n_children; i++)
		child_end(&s->children[i]);
	control_close(s->control);
	free(s->told);
	free(s->secrets);
	free(s->trial.grants);
	int fds[] = {s->epoll, s->signals, s->log_fd};
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(s->children);
	free(s);
}

static void tell(struct supervisor *s, int from, int to, enum channel_type type, const void *body,
		 size_t size)
{
	for (int i = from; i < to; i++)
		channel_send(s->children[i].channel, type, body, size);
}

static int64_t longest_deadline_ns(const struct topology *t)
{
	int64_t longest = 0;
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].deadline_ns > longest)
			longest = t->ue[i].deadline_ns;
	return longest;
}

// Asks children from..to-1 to end and waits until they have: what they say is true once they are gone.
static void end_children(struct supervisor *s, int from, int to)
{
	int64_t until = clock_now_ns() + STOP_PATIENCE_NS;
	for (int i = from; i < to; i++)
		s->children[i].told = true;
	tell(s, from, to, CHANNEL_STOP, NULL, 0);
	while (!ALL_GONE(s, from, to) && !s->failed && clock_now_ns() < until)
		turn(s, until);
	for (int i = from; i < to && !s->failed; i++)
		if (!s->children[i].gone)
			supervisor_fail(s, s->children[i].label,
					s->children[i].done ? "was done, but did not end within 10 s"
							    : "did not end within 10 s");
}

// A process that dies closes its connections a little before its parent hears of it.
static void look_for_the_cause(struct supervisor *s)
{
	int64_t until = clock_now_ns() + CAUSE_PATIENCE_NS;
	while (s->failed && s->failure_depth == 0 && clock_now_ns() < until)
		turn(s, until);
}

int supervisor_run(struct supervisor *s, struct err *err)
{
	const struct topology *t = s->run->topology;
	s->epoch_ns = clock_now_ns() + START_AFTER_NS;
	s->end_ns = s->epoch_ns + t->duration_ns;
	results_set_epoch(s->results, s->epoch_ns);
	struct channel_start start = {.epoch_ns = s->epoch_ns, .end_ns = s->end_ns};
	tell(s, SHAPER, s->n_children, CHANNEL_START, &start, sizeof(start));
	int64_t until = s->end_ns + longest_deadline_ns(t) + UE_GRACE_NS;
	while (!ALL_DONE(s, FIRST_UE, s->n_children) && !s->failed && !s->interrupted &&
	       clock_now_ns() < until) {
		turn(s, until);
		run_progress_show(s->run->progress, s->results, clock_now_ns());
	}
	run_progress_end(s->run->progress);
	look_for_the_cause(s);
	if (!s->failed)
		end_children(s, FIRST_UE, s->n_children);
	if (!s->failed)
		end_children(s, EDGE, FIRST_UE);
	if (!s->failed)
		end_children(s, SHAPER, EDGE);
	if (s->failed) {
		*err = s->failure;
		return -ECHILD;
	}
	return s->interrupted ? err_set(err, EINTR, "interrupted: the records are of the part that ran") : 0;
}
