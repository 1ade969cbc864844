// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/lateness.h"
#include "proto/datagram.h"
#include "ue/life/traffic.h"

struct sender {
	const struct ue_config *config;
	int fd;
	struct traffic times; // after the epoch
	int64_t epoch_ns, end_ns;
	struct datagram next;
	uint64_t refused; // by the socket: never on the link
	struct lateness late;
	uint8_t payload[];
};

static int connect_to_edge(struct sender *s, struct err *err)
{
	const struct ue_config *c = s->config;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)c->edge_port)};
	if (inet_pton(AF_INET, c->edge_address, &to.sin_addr) != 1)
		return err_set(err, EINVAL, "edge is '%s': an IPv4 address such as 198.18.0.1 is right",
			       c->edge_address);
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return err_sys(err, errno, "cannot open a UDP socket to the edge");
	return 0;
}

int sender_open(struct sender **out, const struct ue_config *config, struct err *err)
{
	*out = NULL;
	if (config->traffic.rate_bps <= 0)
		return 0;
	struct sender *s = calloc(1, sizeof(*s) + (size_t)config->traffic.size_bytes);
	struct rng *rng = rng_new(config->seed, config->run, RNG_TRAFFIC, config->ue);
	if (!s || !rng) {
		free(s);
		rng_free(rng);
		return err_set(err, ENOMEM, "no memory");
	}
	s->config = config;
	s->fd = -1;
	s->next = (struct datagram){.run = config->run_id, .ue = config->ue};
	traffic_init(&s->times, config->traffic.rate_bps, config->traffic.size_bytes, rng);
	rng_free(rng);
	int r = connect_to_edge(s, err);
	if (r < 0) {
		sender_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void sender_close(struct sender *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

void sender_start(struct sender *s, int64_t epoch_ns, int64_t end_ns)
{
	if (!s)
		return;
	s->epoch_ns = epoch_ns;
	s->end_ns = end_ns;
}

int64_t sender_next_ns(const struct sender *s)
{
	if (!s || !s->end_ns)
		return TIME_NEVER;
	int64_t at = s->epoch_ns + traffic_next(&s->times);
	return at < s->end_ns ? at : TIME_NEVER;
}

// A full buffer loses the datagram; so does a refusal (ICMP) while the edge is not there yet or no more.
static bool is_loss(int code)
{
	return code == EAGAIN || code == ENOBUFS || code == ECONNREFUSED;
}

int sender_send_due(struct sender *s, int64_t now_ns, struct err *err)
{
	int64_t due_ns;
	while (s && (due_ns = sender_next_ns(s)) <= now_ns) {
		s->next.sent_ns = clock_now_ns();
		lateness_add(&s->late, HOST_UE_TIMER, s->next.sent_ns - due_ns);
		datagram_put(s->payload, &s->next);
		bool gone = send(s->fd, s->payload, (size_t)s->config->traffic.size_bytes, 0) >= 0;
		if (!gone && !is_loss(errno))
			return err_sys(err, errno, "sending datagrams to the edge");
		s->refused += !gone;
		s->next.sequence++;
		traffic_step(&s->times);
	}
	return 0;
}

void sender_report(const struct sender *s, int channel)
{
	if (!s)
		return;
	struct packets_record record = {.ue = s->config->ue,
					.size_bytes = (uint32_t)s->config->traffic.size_bytes,
					.sent = s->next.sequence};
	channel_send(channel, CHANNEL_PACKETS, &record, sizeof(record));
	if (s->refused)
		child_note(channel, true,
			   "ue%u: the socket took %llu of %llu datagrams: the others were never on the link",
			   s->config->ue, (unsigned long long)(s->next.sequence - s->refused),
			   (unsigned long long)s->next.sequence);
	lateness_send(channel, HOST_UE_TIMER, &s->late);
}
