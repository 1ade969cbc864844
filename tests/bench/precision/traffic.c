// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/traffic.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/rng.h"

#define REFILL_NS NS_PER_MS

struct sender {
	const struct traffic *traffic;
	struct rng *rng;
	uint64_t *sent_bytes; // frames 0 .. i, for each packet i
	size_t n;
	int64_t end_ns;
};

static bool goes_on(const struct sender *sender)
{
	return clock_now_ns() < sender->end_ns && !*sender->traffic->stop &&
	       sender->n < sender->traffic->max_packets;
}

static void sleep_until(int64_t t_ns)
{
	struct timespec at = {.tv_sec = t_ns / NS_PER_S, .tv_nsec = t_ns % NS_PER_S};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

static void send_one(struct sender *sender)
{
	unsigned char payload[TRAFFIC_MAX_PAYLOAD] = {0};
	size_t bytes =
	    TRAFFIC_MIN_PAYLOAD + rng_below(sender->rng, TRAFFIC_MAX_PAYLOAD - TRAFFIC_MIN_PAYLOAD + 1);
	uint32_t sequence = (uint32_t)sender->n;
	memcpy(payload, &sequence, sizeof(sequence));
	sender->sent_bytes[sender->n] =
	    (sender->n ? sender->sent_bytes[sender->n - 1] : 0) + bytes + LAB_HEADERS;
	sender->n++;
	// A failed send shows as a packet the sender's tap has not seen.
	(void)!send(sender->traffic->socket, payload, bytes, 0);
}

static void send_paced(struct sender *sender)
{
	const struct traffic *traffic = sender->traffic;
	double mean_bytes = (TRAFFIC_MIN_PAYLOAD + TRAFFIC_MAX_PAYLOAD) / 2.0 + LAB_HEADERS;
	double mean_gap_ns = mean_bytes * 8e9 / (traffic->rate_bps * traffic->load);
	double next_ns = (double)clock_now_ns();
	while (goes_on(sender)) {
		next_ns += rng_exponential(sender->rng, mean_gap_ns);
		if (next_ns > (double)sender->end_ns)
			break;
		sleep_until((int64_t)next_ns);
		send_one(sender);
	}
}

static uint64_t bytes_under_way(const struct sender *sender)
{
	int64_t newest = lab_tap_newest(sender->traffic->receiver);
	uint64_t sent = sender->n ? sender->sent_bytes[sender->n - 1] : 0;
	return newest < 0 || newest >= (int64_t)sender->n ? sent : sent - sender->sent_bytes[newest];
}

static void send_backlog(struct sender *sender)
{
	while (goes_on(sender)) {
		while (bytes_under_way(sender) < sender->traffic->backlog_bytes &&
		       sender->n < sender->traffic->max_packets)
			send_one(sender);
		sleep_until(clock_now_ns() + REFILL_NS);
	}
}

static void *send_all(void *argument)
{
	struct sender *sender = argument;
	lab_apparatus();
	sender->end_ns = clock_now_ns() + sender->traffic->duration_ns;
	if (sender->traffic->load > 0)
		send_paced(sender);
	else
		send_backlog(sender);
	return NULL;
}

int64_t traffic_send(const struct traffic *traffic)
{
	struct sender sender = {.traffic = traffic};
	pthread_t thread;
	int rc = ENOMEM;
	sender.sent_bytes = calloc(traffic->max_packets, sizeof(*sender.sent_bytes));
	sender.rng = rng_new(traffic->seed, 0, RNG_TRAFFIC, 0);
	if (sender.sent_bytes && sender.rng)
		rc = pthread_create(&thread, NULL, send_all, &sender);
	if (rc == 0)
		pthread_join(thread, NULL);
	rng_free(sender.rng);
	free(sender.sent_bytes);
	return rc ? -rc : (int64_t)sender.n;
}
