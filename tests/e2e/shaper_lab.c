// SPDX-License-Identifier: BSD-3-Clause
#include "tests/e2e/shaper_lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/clock.h"

#ifndef SHAPER_PROGRAM
#error "SHAPER_PROGRAM and SHAPER_NET are set by shaper.cmake"
#endif

#define START_TIMEOUT_MS 20000

struct payload {
	uint32_t sequence, ue;
	int64_t sent_ns;
};

int lab_net(const struct lab *lab, const char *verb)
{
	char command[512];
	snprintf(command, sizeof(command), "%s %s %s %u", SHAPER_NET, verb, lab->prefix, lab->n_ues);
	int status = system(command); // NOLINT: a fixed script of this source tree
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int lab_open(struct lab *lab, uint32_t n_ues)
{
	*lab = (struct lab){.n_ues = n_ues, .channel = -1};
	static int opened;
	snprintf(lab->prefix, sizeof(lab->prefix), "abl%d.%d", (int)getpid(), opened++);
	return lab_net(lab, "up");
}

void lab_close(struct lab *lab)
{
	lab_net(lab, "down");
}

void lab_write_config(const struct lab *lab, const char *path, struct lab_link link, const char *extra)
{
	FILE *file = fopen(path, "w");
	if (!file)
		abort();
	fprintf(
	    file,
	    "{\"trunk\": \"trunk0\", \"edge\": \"edge0\", \"edge_mac\": \"02:00:00:00:00:01\", \"ues\": [");
	for (uint32_t i = 0; i < lab->n_ues; i++)
		fprintf(file,
			"%s\n{\"mac\": \"02:00:00:01:%02x:%02x\", \"uplink_bps\": %.17g, \"downlink_bps\": "
			"%.17g, "
			"\"delay_ns\": %lld, \"queue_bytes\": %llu, \"gain_db\": %.1f}",
			i ? "," : "", i / 256, i % 256, link.rate_bps, link.rate_bps,
			(long long)link.delay_ns, (unsigned long long)link.queue_bytes, -90.0 - i);
	fprintf(file, "]%s}\n", extra);
	fclose(file);
}

int lab_enter(const struct lab *lab, const char *node)
{
	char path[128];
	snprintf(path, sizeof(path), "/run/netns/%s-%s", lab->prefix, node);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static void note_message(struct lab *lab, const struct channel_message *message)
{
	const struct link_record *links = (const struct link_record *)message->body;
	switch (message->type) {
	case CHANNEL_LINK:
		lab->n_link_messages++;
		for (size_t i = 0; i < message->size / sizeof(*links); i++) {
			if (links[i].ue < lab->n_ues)
				lab->link[links[i].ue] = links[i];
			if (lab->on_link)
				lab->on_link(&links[i], lab->user);
		}
		break;
	case CHANNEL_ACCURACY:
		lab->n_accuracy++;
		memcpy(&lab->accuracy, message->body, sizeof(lab->accuracy));
		break;
	case CHANNEL_NOTE:
		lab->n_notes++;
		snprintf(lab->text, sizeof(lab->text), "%.*s",
			 (int)(message->size - sizeof(struct channel_note)),
			 ((const struct channel_note *)message->body)->text);
		break;
	case CHANNEL_FAIL:
		lab->failed = true;
		snprintf(lab->text, sizeof(lab->text), "%.*s", (int)message->size,
			 (const char *)message->body);
		break;
	case CHANNEL_DONE:
		lab->done = true;
		break;
	default:
		break;
	}
}

static int wait_for_ready(struct lab *lab)
{
	struct channel_message message;
	struct pollfd fd = {.fd = lab->channel, .events = POLLIN};
	while (poll(&fd, 1, START_TIMEOUT_MS) == 1 && channel_receive(lab->channel, &message) == 1) {
		if (message.type == CHANNEL_READY)
			return 0;
		note_message(lab, &message);
	}
	return -1;
}

// What is sent before the shaper has heard of the start is in no accuracy record, so nobody sends before its
// first.
static int wait_for_measuring(struct lab *lab)
{
	struct channel_message message;
	struct pollfd fd = {.fd = lab->channel, .events = POLLIN};
	while (lab->n_accuracy == 0) {
		if (poll(&fd, 1, START_TIMEOUT_MS) != 1 || channel_receive(lab->channel, &message) != 1)
			return -1;
		note_message(lab, &message);
	}
	return 0;
}

int lab_start(struct lab *lab, const char *config_path)
{
	int ends[2], ask[2];
	struct err err;
	if (channel_pair(ends, &err) < 0 || channel_pair(ask, &err) < 0)
		return -1;
	lab->failed = lab->done = false;
	lab->n_link_messages = lab->n_accuracy = lab->n_notes = 0;
	lab->shaper = fork();
	if (lab->shaper == 0) {
		if (lab->own_session)
			setsid();
		int high_channel = fcntl(ends[1], F_DUPFD_CLOEXEC, 64);
		int high_ask = fcntl(ask[1], F_DUPFD_CLOEXEC, 64);
		dup2(high_channel, CHANNEL_FD);
		dup2(high_ask, ASK_FD);
		if (lab_enter(lab, "shaper") == 0)
			execl(lab->program ? lab->program : SHAPER_PROGRAM, "airbatch-shaper", "--config",
			      config_path, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	close(ask[1]);
	lab->channel = ends[0];
	lab->ask = ask[0];
	if (wait_for_ready(lab) < 0) {
		lab_wait(lab, false);
		return -1;
	}
	struct channel_start start = {.epoch_ns = clock_now_ns(), .end_ns = TIME_NEVER};
	if (channel_send(lab->channel, CHANNEL_START, &start, sizeof(start)) < 0)
		return -1;
	return wait_for_measuring(lab);
}

void lab_wait(struct lab *lab, bool hang_up)
{
	struct channel_message message;
	while (!hang_up && channel_receive(lab->channel, &message) == 1)
		note_message(lab, &message);
	close(lab->channel);
	if (lab->ask >= 0)
		close(lab->ask);
	lab->ask = -1;
	waitpid(lab->shaper, &lab->status, 0);
	lab->shaper = 0;
}

void lab_abandon(struct lab *lab)
{
	if (lab->shaper <= 0)
		return;
	kill(lab->shaper, SIGKILL);
	lab_wait(lab, true);
}

void lab_stop(struct lab *lab)
{
	channel_send(lab->channel, CHANNEL_STOP, NULL, 0);
	lab_wait(lab, false);
}

static struct sockaddr_in address_of(int ue)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(LAB_PORT)};
	uint32_t host =
	    10u << 24 | 77u << 16 | (ue < 0 ? 1u : (uint32_t)(1 + ue / 250) << 8 | (uint32_t)(1 + ue % 250));
	address.sin_addr.s_addr = htonl(host);
	return address;
}

int lab_socket(const struct lab *lab, const char *node)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), on = 1, bytes = 256 << 20;
	if (home < 0 || lab_enter(lab, node) < 0)
		return -1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (setns(home, CLONE_NEWNET) < 0)
		abort();
	close(home);
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(LAB_PORT)};
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	return bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ? -1 : fd;
}

int lab_connect(int socket, int to_ue)
{
	struct sockaddr_in to = address_of(to_ue);
	return connect(socket, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

void lab_send(int socket, int to_ue, uint32_t from_ue, uint32_t frame_bytes, uint32_t n, uint32_t burst,
	      int64_t gap_ns)
{
	struct sockaddr_in to = address_of(to_ue);
	unsigned char data[2048] = {0};
	int64_t next = clock_now_ns();
	for (uint32_t i = 0; i < n; i++) {
		if (i % burst == 0) {
			struct timespec at = {.tv_sec = next / NS_PER_S, .tv_nsec = next % NS_PER_S};
			while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
				;
			next += gap_ns;
		}
		struct payload payload = {.sequence = i, .ue = from_ue, .sent_ns = clock_wall_ns()};
		memcpy(data, &payload, sizeof(payload));
		sendto(socket, data, frame_bytes - LAB_HEADERS, 0, (struct sockaddr *)&to, sizeof(to));
	}
}

static int64_t stamp_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec t;
			memcpy(&t, CMSG_DATA(c), sizeof(t));
			return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
		}
	return 0;
}

size_t lab_receive(int socket, struct lab_arrival *out, size_t max, int quiet_ms)
{
	struct pollfd fd = {.fd = socket, .events = POLLIN};
	size_t n = 0;
	while (n < max && poll(&fd, 1, quiet_ms) == 1) {
		struct payload payload;
		char control[256];
		struct iovec part = {&payload, sizeof(payload)};
		struct msghdr message = {.msg_iov = &part,
					 .msg_iovlen = 1,
					 .msg_control = control,
					 .msg_controllen = sizeof(control)};
		if (recvmsg(socket, &message, 0) < (ssize_t)sizeof(payload))
			continue;
		out[n++] =
		    (struct lab_arrival){payload.sequence, payload.ue, payload.sent_ns, stamp_of(&message)};
	}
	return n;
}
