// SPDX-License-Identifier: BSD-3-Clause
#include "emu/run/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "emu/run/control.h"
#include "emu/run/live.h"
#include "emu/run/progress.h"

#define START_PATIENCE_NS (60 * NS_PER_S)
#define STOP_PATIENCE_NS (10 * NS_PER_S)
#define UE_GRACE_NS (5 * NS_PER_S) // beyond the last deadline, on top of the UEs' own grace
#define START_AFTER_NS (100 * NS_PER_MS) // everybody has the start signal by then

struct supervisor {
	const struct run_plan *plan;
	struct results *results;
	struct progress_line *progress;
	int n_children; // shaper, edge, ue1, ...
	struct child *children;
	int epoll, signals, log_fd;
	int64_t epoch_ns, end_ns;
	bool interrupted, stop_sent;
	struct err failure;
	bool failed;
	struct control *control;
	double (*rates)[2]; // [n_ues] as the edge knows them
};

enum { SHAPER, EDGE, FIRST_UE };

static void fail(struct supervisor *s, const char *label, const char *why)
{
	if (s->failed)
		return;
	s->failed = true;
	err_set(&s->failure, ECHILD, "%s: %s", label, why);
}

static int watch(struct supervisor *s, int fd, uint64_t what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = what};
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
}

// epoll's datum: child index * 2, + 1 for its pidfd; the signal descriptor and the control socket come last.
static uint64_t signal_datum(const struct supervisor *s)
{
	return (uint64_t)s->n_children * 2;
}

static uint64_t control_datum(const struct supervisor *s)
{
	return (uint64_t)s->n_children * 2 + 1;
}

static int start_child(struct supervisor *s, int index, const char *label, const char *program, int netns, struct err *err)
{
	char config[PATH_MAX];
	config_path(config, sizeof(config), s->plan->directory, label);
	struct child *c = &s->children[index];
	int r = child_start(c, label, program, config, netns, s->log_fd, err);
	if (r < 0)
		return r;
	fcntl(c->channel, F_SETFL, O_NONBLOCK);
	if (watch(s, c->channel, (uint64_t)index * 2) < 0 || watch(s, c->pidfd, (uint64_t)index * 2 + 1) < 0)
		return err_sys(err, errno, "cannot watch %s", label);
	return 0;
}

static void take_ready(struct supervisor *s, struct child *c, const struct channel_message *m)
{
	const char *id = airbatch_git_id();
	if (m->size != strlen(id) || memcmp(m->body, id, m->size) != 0)
		fail(s, c->label, "is another build than this `airbatch`: build all programs anew");
	c->ready = true;
}

static void take_batch(struct supervisor *s, const struct channel_message *m)
{
	struct batch_record record = {0};
	if (m->size < BATCH_RECORD_SIZE(0) || m->size > sizeof(record))
		return;
	memcpy(&record, m->body, m->size);
	if (record.n_members <= BATCH_MAX_MEMBERS && m->size == BATCH_RECORD_SIZE(record.n_members))
		results_batch(s->results, &record);
}

// The edge plans with the rates that the base station last reported.
static void tell_edge(struct supervisor *s, const struct link_record *l)
{
	if (l->ue >= (uint32_t)s->plan->topology->n_ues)
		return;
	double *known = s->rates[l->ue];
	if (known[LINK_UP] == l->rate_bps[LINK_UP] && known[LINK_DOWN] == l->rate_bps[LINK_DOWN])
		return;
	known[LINK_UP] = l->rate_bps[LINK_UP];
	known[LINK_DOWN] = l->rate_bps[LINK_DOWN];
	double share = planned_share(s->plan->topology);
	struct radio_record radio = {.ue = l->ue,
				     .uplink_bps = share * l->rate_bps[LINK_UP],
				     .downlink_bps = share * l->rate_bps[LINK_DOWN],
				     .delay_s = ns_to_s(s->plan->topology->cell.delay_ns)};
	channel_send(s->children[EDGE].channel, CHANNEL_RADIO, &radio, sizeof(radio));
}

static void take_links(struct supervisor *s, const struct channel_message *m)
{
	struct link_record records[CHANNEL_MAX_BODY / sizeof(struct link_record)];
	size_t n = m->size / sizeof(records[0]);
	memcpy(records, m->body, n * sizeof(records[0]));
	results_links(s->results, records, n);
	for (size_t i = 0; i < n; i++)
		tell_edge(s, &records[i]);
}

// Copies a body of exactly this size out of the message, where it may lie unaligned.
static bool copy_body(const struct channel_message *m, void *record, size_t size)
{
	if (m->size != size)
		return false;
	memcpy(record, m->body, size);
	return true;
}

static void take_record(struct supervisor *s, const struct channel_message *m)
{
	struct task_record task;
	struct accuracy_record accuracy;
	struct edge_record edge;
	struct packets_record packets;
	if (m->type == CHANNEL_TASK && copy_body(m, &task, sizeof(task)))
		results_task(s->results, &task);
	if (m->type == CHANNEL_ACCURACY && copy_body(m, &accuracy, sizeof(accuracy)))
		results_accuracy(s->results, &accuracy);
	if (m->type == CHANNEL_EDGE && copy_body(m, &edge, sizeof(edge)))
		results_edge(s->results, &edge);
	if (m->type == CHANNEL_PACKETS && copy_body(m, &packets, sizeof(packets)))
		results_packets(s->results, &packets);
}

static void take_message(struct supervisor *s, struct child *c, const struct channel_message *m)
{
	char text[sizeof(((struct err *)0)->text)];
	snprintf(text, sizeof(text), "%.*s", (int)m->size, (const char *)m->body);
	switch ((enum channel_type)m->type) {
	case CHANNEL_READY:
		take_ready(s, c, m);
		return;
	case CHANNEL_DONE:
		c->done = true;
		return;
	case CHANNEL_FAIL:
		fail(s, c->label, text);
		c->done = true; // its exit is no further news
		return;
	case CHANNEL_TASK:
	case CHANNEL_ACCURACY:
	case CHANNEL_EDGE:
	case CHANNEL_PACKETS:
		take_record(s, m);
		return;
	case CHANNEL_BATCH:
		take_batch(s, m);
		return;
	case CHANNEL_LINK:
		take_links(s, m);
		return;
	case CHANNEL_NOTE:
		results_note(s->results, text);
		return;
	case CHANNEL_START:
	case CHANNEL_STOP:
	case CHANNEL_SET:
	case CHANNEL_RADIO:
		break;
	}
	fail(s, c->label, "sent a message that only a supervisor may send");
}

static void read_channel(struct supervisor *s, struct child *c)
{
	static struct channel_message m; // large; one thread
	int r;
	while ((r = channel_receive(c->channel, &m)) == 1)
		take_message(s, c, &m);
	if (r != -EAGAIN)
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->channel, NULL);
}

// The last line of log.txt, where a child (or the dynamic loader) wrote why it could not go on.
static void last_log_line(const struct supervisor *s, char *line, size_t size)
{
	char path[PATH_MAX], tail[1024];
	snprintf(path, sizeof(path), "%s/log.txt", s->plan->directory);
	line[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	off_t end = lseek(fd, 0, SEEK_END), from = end > (off_t)sizeof(tail) - 1 ? end - ((off_t)sizeof(tail) - 1) : 0;
	ssize_t n = pread(fd, tail, sizeof(tail) - 1, from);
	close(fd);
	while (n > 0 && tail[n - 1] == '\n')
		n--;
	tail[n > 0 ? n : 0] = '\0';
	const char *start = strrchr(tail, '\n');
	snprintf(line, size, "%.300s", start ? start + 1 : tail);
}

static void describe_exit(const struct supervisor *s, const struct child *c, char *why, size_t size)
{
	char line[320];
	if (WIFSIGNALED(c->status)) {
		snprintf(why, size, "was killed by signal %d (%s)", WTERMSIG(c->status), strsignal(WTERMSIG(c->status)));
		return;
	}
	last_log_line(s, line, sizeof(line));
	snprintf(why, size, "ended with status %d before its time%s%s%s", WEXITSTATUS(c->status), *line ? ": " : "", line,
		 WEXITSTATUS(c->status) == 127 ? " (scripts/setup installs what is missing)" : "");
}

static void on_exit_of(struct supervisor *s, struct child *c)
{
	read_channel(s, c); // its last words
	if (!child_gone(c))
		return;
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->pidfd, NULL);
	char why[480];
	describe_exit(s, c, why, sizeof(why));
	if (!c->done)
		fail(s, c->label, why);
}

// Waits until something happens or until_ns, and handles it.
static void turn(struct supervisor *s, int64_t until_ns)
{
	struct epoll_event events[64];
	int64_t left = until_ns - clock_now_ns();
	int timeout = left < 0 ? 0 : (int)(left / NS_PER_MS) + 1;
	if (timeout > 200)
		timeout = 200; // progress line
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
			on_exit_of(s, c);
		else
			read_channel(s, c);
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
	if (s->signals < 0 || s->epoll < 0 || watch(s, s->signals, signal_datum(s)) < 0)
		return err_sys(err, errno, "cannot watch signals");
	return 0;
}

static json_t *progress_json(const struct supervisor *s)
{
	struct results_progress p = results_progress(s->results);
	return json_pack("{s:b, s:f, s:f, s:I, s:I, s:f}", "ok", 1, "time_s", ns_to_s(clock_now_ns() - s->epoch_ns), "duration_s",
			 ns_to_s(s->end_ns - s->epoch_ns), "tasks", (json_int_t)p.tasks, "missed", (json_int_t)p.missed,
			 "energy_j", p.energy_j);
}

static json_t *processes_json(const struct supervisor *s)
{
	json_t *pids = json_object();
	for (int i = 0; i < s->n_children; i++)
		if (s->children[i].pid)
			json_object_set_new(pids, s->children[i].label, json_integer(s->children[i].pid));
	return json_pack("{s:b, s:o}", "ok", 1, "processes", pids);
}

// All changes of a request, or none when one of them is wrong.
static json_t *change(struct supervisor *s, json_t *changes, struct err *err)
{
	struct live_setting settings[64];
	size_t n = 0;
	const char *key;
	json_t *value;
	json_object_foreach(changes, key, value)
	{
		const char *text = json_string_value(value);
		if (!text || n == 64) {
			err_set(err, EINVAL, text ? "more than 64 changes at once" : "%s: a text such as \"-95dB\" is right", key);
			return NULL;
		}
		if (live_parse(key, text, (uint32_t)s->plan->topology->n_ues, &settings[n++], err) < 0)
			return NULL;
	}
	for (size_t i = 0; i < n; i++)
		if (channel_send(s->children[SHAPER].channel, CHANNEL_SET, &settings[i], sizeof(settings[i])) < 0) {
			err_set(err, EPIPE, "the shaper does not listen any more");
			return NULL;
		}
	return json_pack("{s:b, s:f}", "ok", 1, "time_s", ns_to_s(clock_now_ns() - s->epoch_ns));
}

static json_t *on_control(const json_t *request, void *user, struct err *err)
{
	struct supervisor *s = user;
	json_t *changes = json_object_get(request, "set");
	const char *get = json_string_value(json_object_get(request, "get"));
	if (json_is_object(changes))
		return change(s, changes, err);
	if (get && strcmp(get, "progress") == 0)
		return progress_json(s);
	if (get && strcmp(get, "processes") == 0)
		return processes_json(s);
	err_set(err, EINVAL, "{\"set\": {KEY: VALUE}} or {\"get\": \"progress\"} or {\"get\": \"processes\"} is right");
	return NULL;
}

static int open_control(struct supervisor *s, struct err *err)
{
	int r = control_open(&s->control, s->plan->directory, on_control, s, err);
	if (r == 0 && watch(s, control_fd(s->control), control_datum(s)) < 0)
		r = err_sys(err, errno, "cannot watch the control socket");
	return r;
}

static int open_log(struct supervisor *s, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/log.txt", s->plan->directory);
	s->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return s->log_fd < 0 ? err_sys(err, errno, "cannot write %s", path) : 0;
}

static int start_all(struct supervisor *s, struct err *err)
{
	const struct testbed_net *net = s->plan->net;
	int r = start_child(s, SHAPER, "shaper", "airbatch-shaper", testbed_net_shaper_fd(net), err);
	r = r < 0 ? r : start_child(s, EDGE, "edge", "airbatch-edge", testbed_net_edge_fd(net), err);
	r = r < 0 ? r : wait_ready(s, SHAPER, FIRST_UE, err);
	for (int i = 0; r == 0 && i < s->plan->topology->n_ues; i++) {
		char label[16];
		snprintf(label, sizeof(label), "ue%d", i + 1);
		r = start_child(s, FIRST_UE + i, label, "airbatch-ue", testbed_net_ue_fd(net, i), err);
	}
	return r < 0 ? r : wait_ready(s, FIRST_UE, s->n_children, err);
}

int supervisor_open(struct supervisor **out, const struct run_plan *plan, struct results *results, bool quiet,
		    struct err *err)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	*s = (struct supervisor){.plan = plan, .results = results, .epoll = -1, .signals = -1, .log_fd = -1};
	int n = FIRST_UE + plan->topology->n_ues;
	s->children = calloc((size_t)n, sizeof(*s->children));
	s->n_children = s->children ? n : 0;
	s->progress = progress_line_new(quiet);
	s->rates = calloc((size_t)plan->topology->n_ues, sizeof(*s->rates));
	if (!s->children || !s->progress || !s->rates) {
		supervisor_close(s);
		return err_set(err, ENOMEM, "no memory for %d processes", n);
	}
	int r = take_signals(s, err);
	r = r < 0 ? r : open_log(s, err);
	r = r < 0 ? r : start_all(s, err);
	r = r < 0 ? r : open_control(s, err);
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
	progress_line_free(s->progress);
	control_close(s->control);
	free(s->rates);
	int fds[] = {s->epoll, s->signals, s->log_fd};
	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(s->children);
	free(s);
}

static void tell(struct supervisor *s, int from, int to, enum channel_type type, const void *body, size_t size)
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

static void show_progress(struct supervisor *s)
{
	struct results_progress p = results_progress(s->results);
	progress_line_show(s->progress, clock_now_ns(), s->epoch_ns, s->end_ns, &p);
}

// Asks children from..to-1 to end and waits until they say so.
static void end_children(struct supervisor *s, int from, int to)
{
	int64_t until = clock_now_ns() + STOP_PATIENCE_NS;
	tell(s, from, to, CHANNEL_STOP, NULL, 0);
	while (!ALL_DONE(s, from, to) && !s->failed && clock_now_ns() < until)
		turn(s, until);
	for (int i = from; i < to && !s->failed; i++)
		if (!s->children[i].done)
			fail(s, s->children[i].label, "did not end within 10 s");
}

int supervisor_run(struct supervisor *s, struct err *err)
{
	const struct topology *t = s->plan->topology;
	s->epoch_ns = clock_now_ns() + START_AFTER_NS;
	s->end_ns = s->epoch_ns + t->duration_ns;
	results_set_epoch(s->results, s->epoch_ns);
	struct channel_start start = {.epoch_ns = s->epoch_ns, .end_ns = s->end_ns};
	tell(s, SHAPER, s->n_children, CHANNEL_START, &start, sizeof(start));
	int64_t until = s->end_ns + longest_deadline_ns(t) + UE_GRACE_NS;
	while (!ALL_DONE(s, FIRST_UE, s->n_children) && !s->failed && !s->interrupted && clock_now_ns() < until) {
		turn(s, until);
		show_progress(s);
	}
	progress_line_end(s->progress);
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
