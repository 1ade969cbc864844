// SPDX-License-Identifier: BSD-3-Clause
#include "tests/hostile/peer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

const struct message_request peer_device = {
    .f_min_flops = 1e5, .f_max_flops = 5e6, .kappa = 1e-27, .tx_power_w = .1};

static struct sockaddr_in at(uint32_t address, int port)
{
	return (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(address)};
}

bool peer_connect(struct peer *p)
{
	struct sockaddr_in from = at(p->address, 0), to = at(p->edge ? p->edge : INADDR_LOOPBACK, p->port);
	struct timeval patience = {.tv_sec = 30};
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (bind(p->fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(p->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	peer_close(p);
	return false;
}

void peer_close(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

struct message_header peer_header(const struct peer *p, enum message_type type, uint32_t task)
{
	int64_t now_ns = clock_now_ns();
	return (struct message_header){.type = type,
				       .run = p->run,
				       .ue = p->ue,
				       .task = task,
				       .deadline_ns = now_ns + PEER_DEADLINE_NS,
				       .sent_ns = now_ns};
}

static bool send_all(int fd, const void *bytes, size_t size)
{
	for (size_t sent = 0; sent < size;) {
		ssize_t n = send(fd, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

bool peer_send(const struct peer *p, struct message_header *h, const void *body, uint32_t size)
{
	uint8_t bytes[MESSAGE_HEADER_SIZE];
	h->body = size;
	message_put_header(bytes, h);
	return send_all(p->fd, bytes, sizeof(bytes)) && send_all(p->fd, body, size);
}

bool peer_hello(const struct peer *p)
{
	uint8_t body[MESSAGE_HELLO_SIZE];
	struct message_header h = peer_header(p, MESSAGE_HELLO, 0);
	message_put_hello(body, &(struct message_hello){p->secret});
	return peer_send(p, &h, body, sizeof(body));
}

bool peer_request(const struct peer *p, uint32_t task)
{
	uint8_t body[MESSAGE_REQUEST_MOST];
	struct message_header h = peer_header(p, MESSAGE_REQUEST, task);
	struct message_request request = peer_device;
	request.arrival_ns = h.sent_ns;
	request.network_hash = p->network_hash;
	return peer_send(p, &h, body, (uint32_t)message_put_request(body, &request));
}

static bool read_all(int fd, void *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

bool peer_read(const struct peer *p, struct message_header *h, void *body, size_t room)
{
	uint8_t bytes[MESSAGE_HEADER_SIZE];
	struct err err;
	return read_all(p->fd, bytes, sizeof(bytes)) && message_get_header(bytes, h, &err) == 0 &&
	       h->body <= room && (h->body == 0 || read_all(p->fd, body, h->body));
}
