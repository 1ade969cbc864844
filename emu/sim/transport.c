// SPDX-License-Identifier: BSD-3-Clause
// Messages as segments. A sender keeps its queue as full as the limit allows: what does not fit waits until
// the link has sent half of what is queued, long before the queue runs empty.
#include "emu/sim/engine.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS NS_PER_MS // while the flow has no rate

static struct transport *transport_of(struct sim *s, uint32_t ue, enum link_dir dir)
{
	return &s->transports[ue * LINK_DIRS + dir];
}

int transport_open(struct sim *s)
{
	size_t n = (size_t)s->topology->n_ues * LINK_DIRS;
	s->transports = calloc(n, sizeof(*s->transports));
	if (!s->transports)
		return err_set(s->err, ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++)
		s->transports[i].last = &s->transports[i].first;
	return 0;
}

static void drop_first(struct transport *t)
{
	struct sim_message *m = t->first;
	t->first = m->next;
	if (!t->first)
		t->last = &t->first;
	free(m);
}

void transport_close(struct sim *s)
{
	for (int i = 0; s->transports && i < s->topology->n_ues * LINK_DIRS; i++)
		while (s->transports[i].first)
			drop_first(&s->transports[i]);
	free(s->transports);
}

static int wait_for_room(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t queued)
{
	double rate = link_rate(s->link, ue, dir);
	// Half of the queue, or all of it when that is no more than a segment: room for one is then there.
	double bytes = queued > 2 * (uint64_t)s->topology->cell.mtu ? (double)queued / 2 : (double)queued;
	int64_t wait = rate > 0 ? (int64_t)ceil(8e9 * bytes / rate) : RETRY_NS;
	return sim_schedule(s, s->now_ns + (wait > 0 ? wait : 1), EVENT_REFILL, ue * LINK_DIRS + dir);
}

static int enqueue_segment(struct sim *s, uint32_t ue, enum link_dir dir, struct transport *t, uint32_t frame)
{
	uint64_t cookie = COOKIE_SEGMENT | t->offset;
	if (s->capture)
		capture_sent(s, ue, dir, cookie, frame);
	int r = link_enqueue(s->link, ue, dir, frame, cookie, s->now_ns);
	if (r < 0)
		return err_set(s->err, -r, "a segment of ue%u does not fit the link", ue + 1);
	t->offset += frame - SEGMENT_OVERHEAD;
	if (t->offset == t->sending->end)
		t->sending = t->sending->next;
	return 0;
}

int transport_refill(struct sim *s, uint32_t ue, enum link_dir dir)
{
	struct transport *t = transport_of(s, ue, dir);
	uint64_t most = (uint64_t)s->topology->cell.mtu - 52, limit = (uint64_t)s->topology->cell.queue_bytes;
	int r = 0;
	while (r == 0 && t->sending) {
		uint64_t left = t->sending->end - t->offset;
		uint32_t frame = (uint32_t)(left < most ? left : most) + SEGMENT_OVERHEAD;
		struct link_counters counters;
		link_read_counters(s->link, ue, dir, s->now_ns, &counters);
		if (counters.queue_bytes + frame > limit)
			return wait_for_room(s, ue, dir, counters.queue_bytes);
		r = enqueue_segment(s, ue, dir, t, frame);
	}
	return r;
}

int transport_send(struct sim *s, uint32_t ue, enum link_dir dir, const struct message_header *header,
		   const void *head, size_t head_size, uint32_t rest)
{
	struct transport *t = transport_of(s, ue, dir);
	struct sim_message *m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(s->err, ENOMEM, "no memory for a message of ue%u", ue + 1);
	bool busy = t->sending != NULL;
	m->start = t->end;
	m->header = *header;
	m->header.body = (uint32_t)head_size + rest;
	m->header.sent_ns = s->now_ns;
	m->end = m->start + MESSAGE_HEADER_SIZE + m->header.body;
	t->end = m->end;
	m->head_size = MESSAGE_HEADER_SIZE + head_size;
	message_put_header(m->bytes, &m->header);
	if (head_size)
		memcpy(m->bytes + MESSAGE_HEADER_SIZE, head, head_size);
	*t->last = m;
	t->last = &m->next;
	if (busy)
		return 0; // it follows what is being sent
	t->sending = m;
	return transport_refill(s, ue, dir);
}

int transport_received(struct sim *s, const struct link_packet *packet)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	struct transport *t = transport_of(s, packet->ue, dir);
	t->received = (packet->cookie & ~COOKIE_SEGMENT) + packet->bytes - SEGMENT_OVERHEAD;
	if (t->received < t->first->end)
		return 0;
	int r = dir == LINK_UP ? edge_message(s, packet->ue, t->first) : ue_message(s, packet->ue, t->first);
	drop_first(t);
	return r;
}
