// SPDX-License-Identifier: BSD-3-Clause
#include "records/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptors.h"

#define LONGEST_LINE 65536
#define MOST_CLIENTS 64

struct client {
	struct client *next;
	int fd;
	char *unsent; // the rest of an answer that the socket did not take yet; nothing is read meanwhile
	size_t unsent_size, sent;
	size_t filled;
	char line[LONGEST_LINE];
};

struct control {
	int epoll, listener;
	char path[PATH_MAX];
	control_handler handler;
	void *user;
	struct client *clients;
	int n_clients, spare;
};

// A socket's path may have 107 bytes only; through the folder's descriptor it is always short.
static int address_of(const char *directory, struct sockaddr_un *address, struct err *err)
{
	int folder = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return err_sys(err, errno, "cannot open %s", directory);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/control", folder);
	return folder;
}

static int watch(struct control *c, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event);
}

int control_open(struct control **out, const char *directory, control_handler handler, void *user,
		 struct err *err)
{
	struct sockaddr_un address;
	int folder = address_of(directory, &address, err);
	if (folder < 0)
		return folder;
	struct control *c = calloc(1, sizeof(*c));
	if (!c) {
		close(folder);
		return err_set(err, ENOMEM, "no memory");
	}
	c->handler = handler;
	c->user = user;
	snprintf(c->path, sizeof(c->path), "%s/control", directory);
	unlink(c->path); // of a run that was killed here
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->spare = descriptors_spare();
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok = c->epoll >= 0 && c->listener >= 0 &&
		  bind(c->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		  listen(c->listener, 8) == 0 && watch(c, c->listener, NULL) == 0;
	int code = errno;
	close(folder);
	if (!ok) {
		control_close(c);
		return err_sys(err, code, "cannot make the control socket %s/control", directory);
	}
	*out = c;
	return 0;
}

static void drop(struct control *c, struct client *gone)
{
	for (struct client **at = &c->clients; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			break;
		}
	c->n_clients--;
	close(gone->fd);
	free(gone->unsent);
	free(gone);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	while (c->clients)
		drop(c, c->clients);
	if (c->listener >= 0)
		close(c->listener);
	if (c->epoll >= 0)
		close(c->epoll);
	if (c->spare >= 0)
		close(c->spare);
	unlink(c->path);
	free(c);
}

int control_fd(const struct control *c)
{
	return c->epoll;
}

static void accept_client(struct control *c)
{
	static const char full[] = "{\"error\":\"too many clients already: try again\"}\n";
	int fd = descriptors_accept(c->listener, &c->spare);
	if (fd < 0)
		return;
	struct client *client = c->n_clients < MOST_CLIENTS ? calloc(1, sizeof(*client)) : NULL;
	if (!client || watch(c, fd, client) < 0) {
		send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		free(client);
		close(fd);
		return;
	}
	client->fd = fd;
	client->next = c->clients;
	c->clients = client;
	c->n_clients++;
}

static json_t *answer_to(struct control *c, const char *line)
{
	struct err err = {0};
	json_error_t where;
	json_t *request = json_loads(line, JSON_REJECT_DUPLICATES, &where);
	json_t *answer = NULL;
	if (!request)
		err_set(&err, EINVAL, "not a JSON line: column %d: %s", where.column, where.text);
	else
		answer = c->handler(request, c->user, &err);
	json_decref(request);
	return answer ? answer : json_pack("{s:s}", "error", err.text);
}

static void expect(struct control *c, struct client *client, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = client};
	epoll_ctl(c->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

// Sends what the socket takes; the run never waits for a client. False when it has gone.
static bool send_unsent(struct control *c, struct client *client)
{
	ssize_t n = send(client->fd, client->unsent + client->sent, client->unsent_size - client->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	client->sent += n > 0 ? (size_t)n : 0;
	bool all = client->sent == client->unsent_size;
	expect(c, client, all ? EPOLLIN : EPOLLOUT);
	if (all) {
		free(client->unsent);
		client->unsent = NULL;
	}
	return true;
}

static bool reply(struct control *c, struct client *client, json_t *answer)
{
	client->unsent = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(answer);
	if (!client->unsent)
		return false;
	client->unsent_size = strlen(client->unsent) + 1;
	client->unsent[client->unsent_size - 1] = '\n'; // in the terminator's place
	client->sent = 0;
	return send_unsent(c, client);
}

// Until an answer must wait for the client to read.
static bool serve_lines(struct control *c, struct client *client)
{
	char *end;
	while (!client->unsent && (end = memchr(client->line, '\n', client->filled))) {
		*end = '\0';
		if (!reply(c, client, answer_to(c, client->line)))
			return false;
		size_t used = (size_t)(end + 1 - client->line);
		client->filled -= used;
		memmove(client->line, end + 1, client->filled);
	}
	return client->unsent || client->filled < sizeof(client->line);
}

static void serve(struct control *c, struct client *client)
{
	if (client->unsent) {
		if (!send_unsent(c, client) || !serve_lines(c, client))
			drop(c, client);
		return;
	}
	ssize_t n = recv(client->fd, client->line + client->filled, sizeof(client->line) - client->filled, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	client->filled += n > 0 ? (size_t)n : 0;
	if (n <= 0 || !serve_lines(c, client))
		drop(c, client);
}

void control_serve(struct control *c)
{
	struct epoll_event events[16];
	int n = epoll_wait(c->epoll, events, 16, 0);
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			serve(c, events[i].data.ptr);
		else
			accept_client(c);
	}
}

static int connect_to(const char *directory, struct err *err)
{
	struct sockaddr_un address;
	int folder = address_of(directory, &address, err);
	if (folder < 0)
		return folder;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval limit = {.tv_sec = 5};
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int code = errno;
		if (fd >= 0)
			close(fd);
		close(folder);
		return err_sys(err, code, "no run answers in %s", directory);
	}
	close(folder);
	return fd;
}

static json_t *take_answer(FILE *stream, const char *directory, struct err *err)
{
	char *line = NULL;
	size_t capacity = 0;
	json_error_t where;
	json_t *answer = getline(&line, &capacity, stream) > 0 ? json_loads(line, 0, &where) : NULL;
	free(line);
	if (!answer) {
		err_set(err, EPROTO, "the run in %s gave no answer", directory);
		return NULL;
	}
	const char *error = json_string_value(json_object_get(answer, "error"));
	if (!error)
		return answer;
	err_set(err, EINVAL, "%s", error);
	json_decref(answer);
	return NULL;
}

json_t *control_ask(const char *directory, const json_t *request, struct err *err)
{
	int fd = connect_to(directory, err);
	if (fd < 0)
		return NULL;
	FILE *stream = fdopen(fd, "r+");
	if (!stream) {
		close(fd);
		err_set(err, ENOMEM, "no memory");
		return NULL;
	}
	json_t *answer = NULL;
	if (json_dumpf(request, stream, JSON_COMPACT) < 0 || fputc('\n', stream) == EOF ||
	    fflush(stream) != 0)
		err_set(err, EIO, "the run in %s does not listen", directory);
	else
		answer = take_answer(stream, directory, err);
	fclose(stream);
	return answer;
}
