// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/receiver.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/wall.h"
#include "proto/datagram.h"

#define BURST 64
#define BURSTS_PER_TURN 8     // half a millisecond: who sends all the time cannot keep the loop
#define BURSTS_AT_THE_END 512 // more than the buffer holds
#define MOST_DELAY_NS (3600 * NS_PER_S)
#define BUFFER_BYTES (4 << 20) // the edge may be away from its loop for a while

struct receiver {
	const struct edge_config *config;
	int fd, n_ues;
	uint64_t n_malformed, n_foreign;
	int64_t wall_offset_ns; // CLOCK_REALTIME (the kernel's stamps) - CLOCK_MONOTONIC
	uint8_t header[BURST][DATAGRAM_HEADER_SIZE];
	char control[BURST][CMSG_SPACE(sizeof(struct timespec))];
	struct sockaddr_in from[BURST];
	struct iovec parts[BURST];
	struct mmsghdr messages[BURST];
	struct packets_meter **meters; // [n_ues], NULL until a UE is heard
};

static int open_socket(struct receiver *r, int port, struct err *err)
{
	int one = 1, size = BUFFER_BYTES;
	r->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0 || setsockopt(r->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0)
		return err_sys(err, errno, "cannot open a UDP socket");
	if (setsockopt(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = INADDR_ANY};
	if (bind(r->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return err_sys(err, errno, "cannot listen on UDP port %d", port);
	return 0;
}

int receiver_open(struct receiver **out, const struct edge_config *config, struct err *err)
{
	struct receiver *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ENOMEM, "no memory");
	r->fd = -1;
	r->config = config;
	r->n_ues = config->n_ues;
	r->meters = calloc((size_t)r->n_ues, sizeof(struct packets_meter *));
	int code = r->meters ? open_socket(r, config->port, err) : err_set(err, ENOMEM, "no memory");
	if (code < 0) {
		receiver_close(r);
		return code;
	}
	*out = r;
	return 0;
}

void receiver_close(struct receiver *r)
{
	if (!r)
		return;
	for (int i = 0; r->meters && i < r->n_ues; i++)
		free(r->meters[i]);
	free(r->meters);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

int receiver_fd(const struct receiver *r)
{
	return r->fd;
}

// A stamp that no datagram of this run can have would spoil its UE's figures.
static bool is_delay(int64_t sent_ns, int64_t at_ns)
{
	return sent_ns > at_ns - MOST_DELAY_NS && sent_ns < at_ns + NS_PER_S;
}

static bool is_ours(const struct receiver *r, const struct datagram *d, int64_t at_ns)
{
	return d->run == r->config->run_id && d->ue >= 1 && d->ue <= (uint32_t)r->n_ues &&
	       is_delay(d->sent_ns, at_ns);
}

static bool comes_from_its_ue(const struct receiver *r, uint32_t ue, const struct sockaddr_in *from)
{
	uint32_t address = r->config->ues[ue - 1].terms.address;
	return address == 0 || ntohl(from->sin_addr.s_addr) == address;
}

static void count(struct receiver *r, int i)
{
	struct datagram d;
	struct msghdr *m = &r->messages[i].msg_hdr;
	int64_t stamp_ns = wall_stamp_ns(m, r->wall_offset_ns), at = stamp_ns ? stamp_ns : clock_now_ns();
	if (!datagram_get(r->header[i], r->messages[i].msg_len, &d) || !is_ours(r, &d, at)) {
		r->n_malformed++;
		return;
	}
	if (!comes_from_its_ue(r, d.ue, &r->from[i])) {
		r->n_foreign++;
		return;
	}
	struct packets_meter **meter = &r->meters[d.ue - 1];
	if (!*meter)
		*meter = calloc(1, sizeof(**meter));
	if (*meter)
		packets_meter_add(*meter, at - d.sent_ns, at);
}

static int receive_burst(struct receiver *r)
{
	for (int i = 0; i < BURST; i++) {
		r->parts[i] =
		    (struct iovec){r->header[i], DATAGRAM_HEADER_SIZE}; // the rest is zeros, and cut off
		r->messages[i].msg_hdr = (struct msghdr){.msg_name = &r->from[i],
							 .msg_namelen = sizeof(r->from[i]),
							 .msg_iov = &r->parts[i],
							 .msg_iovlen = 1,
							 .msg_control = r->control[i],
							 .msg_controllen = sizeof(r->control[i])};
	}
	return recvmmsg(r->fd, r->messages, BURST, 0, NULL);
}

static void take(struct receiver *r, int most_bursts)
{
	int n = BURST;
	r->wall_offset_ns = wall_offset_ns();
	for (int bursts = 0; bursts < most_bursts && n == BURST; bursts++) {
		n = receive_burst(r);
		for (int i = 0; i < n; i++)
			count(r, i);
	}
}

void receiver_take(struct receiver *r)
{
	take(r, BURSTS_PER_TURN);
}

// What the kernel dropped because the socket's buffer was full.
static uint32_t dropped(const struct receiver *r)
{
	uint32_t figures[SK_MEMINFO_VARS] = {0};
	socklen_t size = sizeof(figures);
	return getsockopt(r->fd, SOL_SOCKET, SO_MEMINFO, figures, &size) == 0 ? figures[SK_MEMINFO_DROPS] : 0;
}

void receiver_report(struct receiver *r, int channel, struct refusals *refusals)
{
	take(r, BURSTS_AT_THE_END);
	refusals_add_many(refusals, REFUSED_DATAGRAM, r->n_malformed);
	refusals_add_many(refusals, REFUSED_FOREIGN_DATAGRAM, r->n_foreign);
	uint32_t lost = dropped(r);
	if (lost)
		child_note(channel, true,
			   "the edge took the UEs' datagrams too late: its UDP receive buffer was full for "
			   "%u of them",
			   lost);
	for (int i = 0; i < r->n_ues; i++) {
		if (!r->meters[i])
			continue;
		struct packets_record record = {.ue = (uint32_t)i + 1};
		packets_meter_read(r->meters[i], &record);
		channel_send(channel, CHANNEL_PACKETS, &record, sizeof(record));
	}
}
