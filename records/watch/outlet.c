// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct outlet {
	int fd;
	bool own; // fd is ours to close
	char *rest;
	size_t size, sent;
};

// A regular file never blocks, and opening it anew would begin at its start.
static int reopen(int fd)
{
	struct stat st;
	char path[64];
	if (fstat(fd, &st) < 0 || !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

struct outlet *outlet_new(int fd)
{
	struct outlet *o = calloc(1, sizeof(*o));
	if (!o)
		return NULL;
	int own = reopen(fd);
	o->own = own >= 0;
	o->fd = o->own ? own : fd;
	return o;
}

void outlet_free(struct outlet *o)
{
	if (!o)
		return;
	if (o->own)
		close(o->fd);
	free(o->rest);
	free(o);
}

// Without SIGPIPE, which would end the run with its reader: it is blocked meanwhile and taken back.
static ssize_t write_quietly(int fd, const char *bytes, size_t size)
{
	sigset_t pipe_only, before;
	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
	ssize_t n = write(fd, bytes, size);
	int code = errno;
	if (n < 0 && code == EPIPE)
		sigtimedwait(&pipe_only, NULL, &(struct timespec){0});
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = code;
	return n;
}

// Bytes taken; -1 when they can never be.
static ssize_t try_write(const struct outlet *o, const char *bytes, size_t size)
{
	struct pollfd p = {.fd = o->fd, .events = POLLOUT};
	if (!o->own && poll(&p, 1, 0) != 1)
		return 0;
	ssize_t n = write_quietly(o->fd, bytes, size);
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static bool send_rest(struct outlet *o)
{
	ssize_t n = o->rest ? try_write(o, o->rest + o->sent, o->size - o->sent) : 0;
	o->sent += n > 0 ? (size_t)n : 0;
	if (o->rest && (n < 0 || o->sent == o->size)) {
		free(o->rest);
		o->rest = NULL;
	}
	return !o->rest;
}

bool outlet_send(struct outlet *o, const char *bytes, size_t size)
{
	if (!send_rest(o))
		return false;
	ssize_t n = try_write(o, bytes, size);
	if (n <= 0)
		return false;
	if ((size_t)n == size)
		return true;
	o->size = size - (size_t)n;
	o->sent = 0;
	o->rest = malloc(o->size);
	if (o->rest)
		memcpy(o->rest, bytes + n, o->size);
	return o->rest != NULL;
}

void outlet_flush(struct outlet *o, int timeout_ms)
{
	while (!send_rest(o)) {
		struct pollfd p = {.fd = o->fd, .events = POLLOUT};
		if (poll(&p, 1, timeout_ms) <= 0)
			return;
	}
}
