// SPDX-License-Identifier: BSD-3-Clause
#include "emu/supervisor/supervisor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"
#include "base/version.h"

static void take_ready(struct supervisor *s, struct child *c, const struct channel_message *m)
{
	const char *id = airbatch_git_id();
	if (m->size != strlen(id) || memcmp(m->body, id, m->size) != 0)
		supervisor_fail(s, c->label,
				"is another build than this `airbatch`: build all programs anew");
	c->ready = true;
}

// Edge and shaper end when they are told to, a UE of its own accord when the run is over.
static bool may_be_done(const struct supervisor *s, const struct child *c)
{
	bool is_ue = c - s->children >= FIRST_UE;
	return c->told || (is_ue && s->end_ns && clock_now_ns() >= s->end_ns);
}

static void take_done(struct supervisor *s, struct child *c)
{
	if (!may_be_done(s, c))
		supervisor_fail(s, c->label, "ended before it was told to");
	c->done = true;
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

static void take_decision(struct supervisor *s, const struct channel_message *m)
{
	struct decision_record record = {0};
	if (m->size < DECISION_RECORD_SIZE(0) || m->size > sizeof(record))
		return;
	memcpy(&record, m->body, m->size);
	if (record.n_observation <= DECISION_MAX_OBSERVATION &&
	    m->size == DECISION_RECORD_SIZE(record.n_observation))
		results_decision(s->results, &record);
}

static bool is_known(const struct radio_record *told, const struct radio_record *now)
{
	return told->uplink_bps == now->uplink_bps && told->downlink_bps == now->downlink_bps &&
	       told->uplink_delay_s == now->uplink_delay_s && told->downlink_delay_s == now->downlink_delay_s;
}

// The edge plans with the rates that the base station last reported.
static void tell_edge(struct supervisor *s, const struct link_record *l)
{
	if (l->ue >= (uint32_t)s->run->topology->n_ues)
		return;
	struct radio_record radio = radio_record_of(l);
	if (is_known(&s->told[l->ue], &radio))
		return;
	s->told[l->ue] = radio;
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
	struct round_record round;
	struct job_record job;
	if (m->type == CHANNEL_TASK && copy_body(m, &task, sizeof(task)))
		results_task(s->results, &task);
	if (m->type == CHANNEL_ACCURACY && copy_body(m, &accuracy, sizeof(accuracy)))
		results_accuracy(s->results, &accuracy);
	if (m->type == CHANNEL_EDGE && copy_body(m, &edge, sizeof(edge)))
		results_edge(s->results, &edge);
	struct capture_record capture;
	if (m->type == CHANNEL_CAPTURE && copy_body(m, &capture, sizeof(capture)))
		results_capture(s->results, &capture);
	if (m->type == CHANNEL_PACKETS && copy_body(m, &packets, sizeof(packets)))
		results_packets(s->results, &packets);
	if (m->type == CHANNEL_ROUND && copy_body(m, &round, sizeof(round)))
		results_round(s->results, &round);
	if (m->type == CHANNEL_JOB && copy_body(m, &job, sizeof(job)))
		results_job(s->results, &job);
	if (m->type == CHANNEL_LATENESS)
		results_lateness(s->results, m->body, m->size);
}

static void take_note(struct supervisor *s, const struct channel_message *m)
{
	const struct channel_note *note = (const struct channel_note *)m->body;
	char text[512];
	if (m->size < sizeof(*note))
		return;
	snprintf(text, sizeof(text), "%.*s", (int)(m->size - sizeof(*note)), note->text);
	if (note->asked)
		results_refused(s->results, text);
	else
		results_note(s->results, text);
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
		take_done(s, c);
		return;
	case CHANNEL_FAIL:
		supervisor_fail(s, c->label, text);
		c->done = true; // its exit is no further news
		return;
	case CHANNEL_TASK:
	case CHANNEL_ACCURACY:
	case CHANNEL_EDGE:
	case CHANNEL_PACKETS:
	case CHANNEL_CAPTURE:
	case CHANNEL_ROUND:
	case CHANNEL_LATENESS:
	case CHANNEL_JOB:
		take_record(s, m);
		return;
	case CHANNEL_BATCH:
		take_batch(s, m);
		return;
	case CHANNEL_DECISION:
		take_decision(s, m);
		return;
	case CHANNEL_LINK:
		take_links(s, m);
		return;
	case CHANNEL_NOTE:
		take_note(s, m);
		return;
	case CHANNEL_START:
	case CHANNEL_STOP:
	case CHANNEL_SET:
	case CHANNEL_RADIO:
	case CHANNEL_SECRETS:
		break;
	}
	supervisor_fail(s, c->label, "sent a message that only a supervisor may send");
}

void supervisor_read_channel(struct supervisor *s, struct child *c)
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
	snprintf(path, sizeof(path), "%s/log.txt", s->run->directory);
	line[0] = '\0';
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	off_t end = lseek(fd, 0, SEEK_END),
	      from = end > (off_t)sizeof(tail) - 1 ? end - ((off_t)sizeof(tail) - 1) : 0;
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
		snprintf(why, size, "was killed by signal %d (%s)", WTERMSIG(c->status),
			 strsignal(WTERMSIG(c->status)));
		return;
	}
	last_log_line(s, line, sizeof(line));
	snprintf(why, size, "ended with status %d %s%s%s%s", WEXITSTATUS(c->status),
		 c->done ? "though it was done" : "before its time", *line ? ": " : "", line,
		 WEXITSTATUS(c->status) == 127 ? " (scripts/setup installs what is missing)" : "");
}

void supervisor_on_exit(struct supervisor *s, struct child *c)
{
	supervisor_read_channel(s, c); // its last words
	if (!child_gone(c))
		return;
	epoll_ctl(s->epoll, EPOLL_CTL_DEL, c->pidfd, NULL);
	c->gone = true;
	char why[480];
	describe_exit(s, c, why, sizeof(why));
	// One that has said why it failed is no further news.
	if (!c->done || (c->status != 0 && !s->failed))
		supervisor_fail(s, c->label, why);
}
