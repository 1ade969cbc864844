// SPDX-License-Identifier: BSD-3-Clause
// UDP traffic: the packet path of the simulator. No allocation and nothing that grows with the number of UEs,
// but for the two heaps (events, next deliveries).
#include "sim/engine_private.h"

#include <errno.h>
#include <stdlib.h>

static int open_one(struct sim *s, uint32_t ue)
{
	const struct topology_ue *from = &s->topology->ue[ue];
	struct sim_traffic *t = &s->traffic[ue];
	if (from->traffic.rate_bps <= 0)
		return 0;
	struct rng *rng =
	    rng_new((uint64_t)s->topology->seed, (uint64_t)s->topology->run, RNG_TRAFFIC, ue + 1);
	t->meter = calloc(1, sizeof(*t->meter));
	if (!rng || !t->meter) {
		rng_free(rng);
		return err_set(s->err, ENOMEM, "no memory for the traffic of ue%u", ue + 1);
	}
	traffic_init(&t->times, from->traffic.rate_bps, from->traffic.size_bytes, rng);
	rng_free(rng);
	t->size_bytes = (uint32_t)from->traffic.size_bytes;
	t->frame_bytes = t->size_bytes + DATAGRAM_FRAME_OVERHEAD;
	int64_t first = traffic_next(&t->times);
	return first < s->end_ns ? sim_schedule(s, first, EVENT_DATAGRAM, ue) : 0;
}

int datagrams_open(struct sim *s)
{
	s->traffic = calloc((size_t)s->topology->n_ues, sizeof(*s->traffic));
	if (!s->traffic)
		return err_set(s->err, ENOMEM, "no memory");
	int r = 0;
	for (int i = 0; r == 0 && i < s->topology->n_ues; i++)
		r = open_one(s, (uint32_t)i);
	return r;
}

void datagrams_close(struct sim *s)
{
	for (int i = 0; s->traffic && i < s->topology->n_ues; i++)
		free(s->traffic[i].meter);
	free(s->traffic);
}

int datagrams_send(struct sim *s, uint32_t ue)
{
	struct sim_traffic *t = &s->traffic[ue];
	uint64_t sequence = t->sent++;
	if (s->capture)
		sim_capture_sent(s, ue, LINK_UP, sequence, t->frame_bytes);
	int r = cell_enqueue(s->cell, ue, LINK_UP, t->frame_bytes, sequence, s->now_ns);
	if (r == -ENOBUFS && s->capture) // a full queue drops it, and counts it
		sim_capture_refused(s, ue, LINK_UP, sequence, t->frame_bytes);
	if (r < 0 && r != -ENOBUFS)
		return err_set(s->err, -r, "no memory for a datagram of ue%u", ue + 1);
	traffic_step(&t->times);
	int64_t next = traffic_next(&t->times);
	if (next < s->end_ns)
		event_queue_postpone(&s->events, next);
	else
		event_queue_pop(&s->events);
	return 0;
}

void datagrams_received(struct sim *s, const struct link_packet *packet)
{
	s->counts.datagrams++;
	packets_meter_add(s->traffic[packet->ue].meter, packet->deliver_ns - packet->enqueued_ns,
			  packet->deliver_ns);
	if (s->tap)
		s->tap(packet->cookie, packet, s->tap_user);
}

void datagrams_report(struct sim *s)
{
	for (int i = 0; i < s->topology->n_ues; i++) {
		const struct sim_traffic *t = &s->traffic[i];
		if (!t->meter)
			continue;
		struct packets_record record = {
		    .ue = (uint32_t)i + 1, .size_bytes = t->size_bytes, .sent = t->sent};
		packets_meter_read(t->meter, &record);
		results_packets(s->results, &record);
	}
}
