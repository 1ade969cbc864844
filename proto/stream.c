// SPDX-License-Identifier: BSD-3-Clause
#include "proto/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wall.h"

struct chunk {
	struct chunk *next;
	size_t front_size, tail_size, sent;
	const uint8_t *tail; // NULL, inside front (copied), or the caller's (kept)
	uint8_t front[];     // header, head and perhaps the copied tail
};

struct stream {
	int fd;
	uint32_t max_body;
	uint8_t raw_header[MESSAGE_HEADER_SIZE];
	size_t header_got, body_got;
	struct message_header header;
	uint8_t *body;
	size_t body_capacity;
	int64_t arrived_ns; // of what was read last
	struct chunk *first, **last;
};

struct stream *stream_new(int fd, uint32_t max_body)
{
	int flags = fcntl(fd, F_GETFL), one = 1;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return NULL;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	struct stream *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->fd = fd;
	s->max_body = max_body;
	s->last = &s->first;
	return s;
}

void stream_limit(struct stream *s, uint32_t max_body)
{
	s->max_body = max_body;
}

static void drop_first(struct stream *s)
{
	struct chunk *c = s->first;
	s->first = c->next;
	if (!s->first)
		s->last = &s->first;
	free(c);
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	while (s->first)
		drop_first(s);
	close(s->fd);
	free(s->body);
	free(s);
}

int stream_congestion_control(int fd, const char *name, struct err *err)
{
	if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) == 0)
		return 0;
	return err_sys(
	    err, errno,
	    "cannot use the TCP congestion control '%s' (net.ipv4.tcp_available_congestion_control lists "
	    "what this kernel has)",
	    name);
}

int stream_fd(const struct stream *s)
{
	return s->fd;
}

// As read(), with the kernel's stamp.
static ssize_t read_stamped(struct stream *s, uint8_t *buffer, size_t size)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec part = {buffer, size};
	struct msghdr message = {
	    .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(s->fd, &message, 0);
	if (n > 0)
		s->arrived_ns = wall_stamp_ns(&message, wall_offset_ns());
	return n;
}

// Fills buffer[*got .. size); 1 = full, 0 = more to come, negative errno (-EPIPE: the peer closed).
static int fill(struct stream *s, uint8_t *buffer, size_t size, size_t *got)
{
	while (*got < size) {
		ssize_t n = read_stamped(s, buffer + *got, size - *got);
		if (n > 0)
			*got += (size_t)n;
		else if (n == 0)
			return -EPIPE;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return 0;
		else if (errno != EINTR)
			return errno == ECONNRESET ? -EPIPE : -errno;
	}
	return 1;
}

static int begin_body(struct stream *s, struct err *err)
{
	int r = message_get_header(s->raw_header, &s->header, err);
	if (r < 0)
		return r;
	if (s->header.body > s->max_body)
		return err_set(err, EPROTO, "a %s message of %u bytes: this side accepts at most %u",
			       message_type_name(s->header.type), s->header.body, s->max_body);
	if (s->header.body > s->body_capacity) {
		free(s->body);
		s->body = malloc(s->header.body);
		s->body_capacity = s->body ? s->header.body : 0;
		if (!s->body)
			return err_set(err, ENOMEM, "no memory for a message of %u bytes", s->header.body);
	}
	s->body_got = 0;
	return 0;
}

int stream_receive(struct stream *s, struct message_header *header, const uint8_t **body, struct err *err)
{
	int r;
	if (s->header_got < MESSAGE_HEADER_SIZE) {
		r = fill(s, s->raw_header, MESSAGE_HEADER_SIZE, &s->header_got);
		if (r < 0 && r != -EPIPE)
			err_sys(err, -r, "reading from the peer");
		else if (r == -EPIPE)
			err_set(err, EPIPE, "the peer closed the connection");
		if (r <= 0)
			return r;
		r = begin_body(s, err);
		if (r < 0)
			return r;
	}
	r = fill(s, s->body, s->header.body, &s->body_got);
	if (r < 0)
		err_set(err, -r, "the connection broke within a %s message",
			message_type_name(s->header.type));
	if (r <= 0)
		return r;
	*header = s->header;
	*body = s->body;
	s->header_got = 0;
	return 1;
}

int64_t stream_arrived_ns(const struct stream *s)
{
	return s->arrived_ns;
}

uint8_t *stream_take_body(struct stream *s)
{
	uint8_t *body = s->body;
	s->body = NULL;
	s->body_capacity = 0;
	return body;
}

int stream_send(struct stream *s, struct message_header *header, const void *head, size_t head_size,
		const void *tail, size_t tail_size, bool keep_tail, struct err *err)
{
	size_t copied = keep_tail ? 0 : tail_size;
	struct chunk *c = malloc(sizeof(*c) + MESSAGE_HEADER_SIZE + head_size + copied);
	if (!c)
		return err_set(err, ENOMEM, "no memory for a message of %zu bytes", head_size + tail_size);
	header->body = (uint32_t)(head_size + tail_size);
	header->sent_ns = clock_now_ns();
	message_put_header(c->front, header);
	if (head_size)
		memcpy(c->front + MESSAGE_HEADER_SIZE, head, head_size);
	if (copied)
		memcpy(c->front + MESSAGE_HEADER_SIZE + head_size, tail, copied);
	c->front_size = MESSAGE_HEADER_SIZE + head_size + copied;
	c->tail = keep_tail ? tail : NULL;
	c->tail_size = keep_tail ? tail_size : 0;
	c->sent = 0;
	c->next = NULL;
	*s->last = c;
	s->last = &c->next;
	int r = stream_flush(s);
	return r < 0 ? err_sys(err, -r, "sending a %s message", message_type_name(header->type)) : 0;
}

static ssize_t send_rest(int fd, const struct chunk *c)
{
	struct iovec parts[2];
	int n = 0;
	if (c->sent < c->front_size)
		parts[n++] = (struct iovec){(void *)(c->front + c->sent), c->front_size - c->sent};
	size_t tail_sent = c->sent > c->front_size ? c->sent - c->front_size : 0;
	if (tail_sent < c->tail_size)
		parts[n++] = (struct iovec){(void *)(c->tail + tail_sent), c->tail_size - tail_sent};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)n};
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

int stream_flush(struct stream *s)
{
	while (s->first) {
		ssize_t n = send_rest(s->fd, s->first);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 1 : -errno;
		s->first->sent += (size_t)n;
		if (s->first->sent == s->first->front_size + s->first->tail_size)
			drop_first(s);
	}
	return 0;
}

size_t stream_queued(const struct stream *s)
{
	size_t bytes = 0;
	for (const struct chunk *c = s->first; c; c = c->next)
		bytes += c->front_size + c->tail_size - c->sent;
	return bytes;
}

bool stream_wants_write(const struct stream *s)
{
	return s->first != NULL;
}
