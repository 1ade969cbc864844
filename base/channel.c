// SPDX-License-Identifier: BSD-3-Clause
#include "base/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/version.h"

#define HEADER_SIZE offsetof(struct channel_message, body)
#define BUFFER_BYTES (4 << 20) // seconds of records

// A child that is on time must not wait for a supervisor that is not. Without the right to force it, the
// system's limit holds.
static void enlarge(int fd)
{
	int bytes = BUFFER_BYTES;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

int channel_pair(int fds[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_sys(err, errno, "cannot make a channel to a child");
	enlarge(fds[0]);
	enlarge(fds[1]);
	return 0;
}

int channel_send(int fd, enum channel_type type, const void *body, size_t size)
{
	if (size > CHANNEL_MAX_BODY)
		return -EMSGSIZE;
	uint32_t header[2] = {(uint32_t)type, (uint32_t)size};
	struct iovec parts[2] = {{header, sizeof(header)}, {(void *)body, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = size ? 2 : 1};
	ssize_t n;
	do {
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

// A peer that ends without having read all of its messages is told of once, by ECONNRESET, before what it
// sent itself: that is still to be had, up to the end.
int channel_receive(int fd, struct channel_message *message)
{
	ssize_t n;
	do {
		n = recv(fd, message, sizeof(*message), 0);
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	if ((size_t)n < HEADER_SIZE || message->size != (size_t)n - HEADER_SIZE)
		return -EPROTO;
	return 1;
}

int channel_send_note(int fd, bool asked, const char *text)
{
	unsigned char body[512];
	struct channel_note *note = (struct channel_note *)body;
	size_t size = strlen(text), room = sizeof(body) - sizeof(*note);
	size = size < room ? size : room;
	note->asked = asked;
	memcpy(note->text, text, size);
	return channel_send(fd, CHANNEL_NOTE, body, sizeof(*note) + size);
}

int channel_send_ready(int fd)
{
	const char *id = airbatch_git_id();
	return channel_send(fd, CHANNEL_READY, id, strlen(id));
}
