// SPDX-License-Identifier: BSD-3-Clause
// Messages as segments. A sender keeps its queue as full as the limit allows: what does not fit waits until
// the link has sent half of what is queued, long before the queue runs empty.
#include "sim/engine_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_NS NS_PER_MS // while the flow has no rate, or another before long
#define MOST_WAIT_NS NS_PER_S

static struct transport *transport_of(const struct sim_net *net, uint32_t peer, enum link_dir dir)
{
	return &net->transports[peer * LINK_DIRS + dir];
}

int transport_open(struct sim *s, struct sim_net *net)
{
	size_t n = (size_t)net->n * LINK_DIRS;
	net->transports = calloc(n, sizeof(*net->transports));
	if (!net->transports)
		return err_set(s->err, ENOMEM, "no memory");
	for (size_t i = 0; i < n; i++)
		net->transports[i].last = &net->transports[i].first;
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

void transport_close(struct sim_net *net)
{
	for (uint32_t i = 0; net->transports && i < net->n * LINK_DIRS; i++) {
		while (net->transports[i].first)
			drop_first(&net->transports[i]);
		free(net->transports[i].gaps);
	}
	free(net->transports);
}

static int wait_for_room(struct sim *s, struct sim_net *net, uint32_t ue, enum link_dir dir, uint64_t queued)
{
	struct transport *t = transport_of(net, ue, dir);
	if (t->waits)
		return 0;
	t->waits = true;
	struct cell_radio radio = {.rate_bps = 0};
	cell_read_radio(net->cell, ue, dir, s->now_ns, &radio);
	double rate = radio.rate_bps; // in a shared band less: then it is looked at again
	// Half of the queue, or all of it when that is no more than a segment: room for one is then there.
	double bytes = queued > 2 * (uint64_t)s->topology->cell.mtu ? (double)queued / 2 : (double)queued;
	// A rate that may change is looked at again before long; a trickle as good as never.
	double most_ns = net->rates_vary ? RETRY_NS : MOST_WAIT_NS;
	int64_t wait = rate > 0 ? (int64_t)fmin(ceil(8e9 * bytes / rate), most_ns) : RETRY_NS;
	return sim_schedule(s, s->now_ns + (wait > 0 ? wait : 1), net->refill, ue * LINK_DIRS + dir);
}

int transport_room(struct sim *s, struct sim_net *net, uint32_t index)
{
	net->transports[index].waits = false;
	return transport_refill(s, net, index / LINK_DIRS, (enum link_dir)(index % LINK_DIRS));
}

// 1 when the segment is in the cell, 0 when it waits for room.
static int enqueue_segment(struct sim *s, struct sim_net *net, uint32_t ue, enum link_dir dir,
			   uint64_t offset, uint32_t frame)
{
	uint64_t limit = (uint64_t)s->topology->cell.queue_bytes, cookie = COOKIE_SEGMENT | offset;
	struct link_counters counters;
	cell_read_counters(net->cell, ue, dir, s->now_ns, &counters);
	if (counters.queue_bytes + frame > limit)
		return wait_for_room(s, net, ue, dir, counters.queue_bytes);
	if (s->capture && net == &s->radio)
		sim_capture_sent(s, ue, dir, cookie, frame);
	int r = cell_enqueue(net->cell, ue, dir, frame, cookie, s->now_ns);
	return r < 0 ? err_set(s->err, -r, "a segment of flow %u does not fit the link", ue + 1) : 1;
}

int transport_refill(struct sim *s, struct sim_net *net, uint32_t ue, enum link_dir dir)
{
	struct transport *t = transport_of(net, ue, dir);
	uint64_t most = (uint64_t)s->topology->cell.mtu - 52;
	int r = 1;
	for (size_t i = 0; r > 0 && i < t->n_gaps; i++) // what was lost goes first
		if (!t->gaps[i].sent) {
			r = enqueue_segment(s, net, ue, dir, t->gaps[i].offset, t->gaps[i].frame);
			t->gaps[i].sent = r > 0;
		}
	while (r > 0 && t->sending) {
		uint64_t left = t->sending->end - t->offset;
		uint32_t payload = (uint32_t)(left < most ? left : most);
		r = enqueue_segment(s, net, ue, dir, t->offset, payload + SEGMENT_OVERHEAD);
		if (r <= 0)
			break;
		t->offset += payload;
		if (t->offset < t->sending->end)
			continue;
		enum message_type type = t->sending->header.type;
		t->sending = t->sending->next;
		r = type == MESSAGE_TENSOR && net->handed ? net->handed(s, ue) : 0;
		r = r < 0 ? r : 1;
	}
	return r < 0 ? r : 0;
}

int transport_send(struct sim *s, struct sim_net *net, uint32_t ue, enum link_dir dir,
		   const struct message_header *header, const void *head, size_t head_size, uint32_t rest)
{
	struct transport *t = transport_of(net, ue, dir);
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
	return transport_refill(s, net, ue, dir);
}

// The gap that a segment is, NULL when it was not lost before.
static struct sim_gap *find_gap(struct transport *t, uint64_t offset)
{
	for (size_t i = 0; i < t->n_gaps; i++)
		if (t->gaps[i].offset == offset)
			return &t->gaps[i];
	return NULL;
}

static struct sim_gap *add_gap(struct transport *t)
{
	if (t->n_gaps == t->capacity_gaps) {
		size_t capacity = t->capacity_gaps ? 2 * t->capacity_gaps : 16;
		struct sim_gap *more = realloc(t->gaps, capacity * sizeof(*more));
		if (!more)
			return NULL;
		t->gaps = more;
		t->capacity_gaps = capacity;
	}
	return &t->gaps[t->n_gaps++];
}

static void raise_highest(struct transport *t, const struct link_packet *packet)
{
	uint64_t end = (packet->cookie & ~COOKIE_SEGMENT) + packet->bytes - SEGMENT_OVERHEAD;
	t->highest = end > t->highest ? end : t->highest;
}

// A loss is known to the sender at once, and the segment is sent again.
int transport_lost(struct sim *s, struct sim_net *net, const struct link_packet *packet)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	struct transport *t = transport_of(net, packet->ue, dir);
	uint64_t offset = packet->cookie & ~COOKIE_SEGMENT;
	struct sim_gap *gap = find_gap(t, offset);
	gap = gap ? gap : add_gap(t);
	if (!gap)
		return err_set(s->err, ENOMEM, "no memory for a lost segment of ue%u", packet->ue + 1);
	*gap = (struct sim_gap){.offset = offset, .frame = packet->bytes};
	raise_highest(t, packet);
	return transport_refill(s, net, packet->ue, dir);
}

static void fill_gap(struct transport *t, uint64_t offset)
{
	struct sim_gap *gap = find_gap(t, offset);
	if (gap)
		*gap = t->gaps[--t->n_gaps];
}

static uint64_t first_missing(const struct transport *t)
{
	uint64_t first = t->highest;
	for (size_t i = 0; i < t->n_gaps; i++)
		first = t->gaps[i].offset < first ? t->gaps[i].offset : first;
	return first;
}

int transport_received(struct sim *s, struct sim_net *net, const struct link_packet *packet)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	struct transport *t = transport_of(net, packet->ue, dir);
	raise_highest(t, packet);
	if (t->n_gaps > 0)
		fill_gap(t, packet->cookie & ~COOKIE_SEGMENT);
	t->received = first_missing(t);
	int r = 0;
	while (r == 0 && t->first && t->received >= t->first->end) {
		r = net->received(s, packet->ue, dir, t->first);
		drop_first(t);
	}
	return r;
}
