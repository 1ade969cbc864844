// SPDX-License-Identifier: BSD-3-Clause
// The same files at the same points as the shaper's (emu/shaper/capture.h), written in place: nanosecond
// pcap, Ethernet, virtual time from 1970 on.
#include "emu/sim/engine.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "emu/netns/address.h"
#include "emu/sim/frame.h"

#define FIRST_UE_PORT 49152 // ue1's, the first dynamic port (RFC 6335)

struct sim_capture {
	pcap_t *pcap;
	pcap_dumper_t *radio, *edge, **ue; // NULL = not captured; ue: [n_ues]
	uint8_t frame[2048];
};

static int open_file(struct sim *s, pcap_dumper_t **out, const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s.pcap", s->plan->directory, name);
	FILE *f = fopen(path, "wbe");
	if (!f)
		return err_sys(s->err, errno, "capture %s: cannot be created", path);
	*out = pcap_dump_fopen(s->capture->pcap, f);
	if (*out)
		return 0;
	fclose(f);
	return err_set(s->err, EIO, "capture %s: %s", path, pcap_geterr(s->capture->pcap));
}

static bool any_ue(const struct topology *t)
{
	for (int i = 0; i < t->n_ues; i++)
		if (t->ue[i].capture)
			return true;
	return false;
}

int capture_open(struct sim *s)
{
	const struct topology *t = s->topology;
	const struct topology_points *points = &t->capture.points;
	bool radio = points->radio || points->all, edge = points->edge || points->all;
	if (!s->plan->directory || !(radio || edge || any_ue(t)))
		return 0;
	struct sim_capture *c = calloc(1, sizeof(*c));
	s->capture = c;
	if (c)
		c->ue = calloc((size_t)t->n_ues, sizeof(pcap_dumper_t *));
	if (!c || !c->ue)
		return err_set(s->err, ENOMEM, "no memory for captures");
	c->pcap =
	    pcap_open_dead_with_tstamp_precision(DLT_EN10MB, t->capture.snaplen, PCAP_TSTAMP_PRECISION_NANO);
	int r = c->pcap ? 0 : err_set(s->err, ENOMEM, "no memory for captures");
	if (r == 0 && radio)
		r = open_file(s, &c->radio, "radio");
	if (r == 0 && edge)
		r = open_file(s, &c->edge, "edge");
	for (int i = 0; r == 0 && i < t->n_ues; i++) {
		char name[16];
		snprintf(name, sizeof(name), "ue%d", i + 1);
		r = t->ue[i].capture ? open_file(s, &c->ue[i], name) : 0;
	}
	return r;
}

static void close_file(pcap_dumper_t *file, bool *failed)
{
	if (!file)
		return;
	*failed = pcap_dump_flush(file) < 0 || *failed;
	pcap_dump_close(file);
}

int capture_close(struct sim *s)
{
	struct sim_capture *c = s->capture;
	bool failed = false;
	if (!c)
		return 0;
	close_file(c->radio, &failed);
	close_file(c->edge, &failed);
	for (int i = 0; c->ue && i < s->topology->n_ues; i++)
		close_file(c->ue[i], &failed);
	if (c->pcap)
		pcap_close(c->pcap);
	free(c->ue);
	free(c);
	s->capture = NULL;
	return failed ? err_set(s->err, EIO, "a capture could not be written in full (is the disk full?)")
		      : 0;
}

static struct frame_ends ends_of(const struct sim *s, uint32_t ue, enum link_dir dir)
{
	const struct topology *t = s->topology;
	uint16_t ue_port = (uint16_t)(FIRST_UE_PORT + ue), edge_port = (uint16_t)t->edge.port;
	uint32_t ue_ipv4 = address_ue_ipv4(t->cell.subnet.base, (int)ue),
		 edge_ipv4 = address_edge_ipv4(t->cell.subnet.base);
	bool up = dir == LINK_UP;
	struct frame_ends e = {.from_ipv4 = up ? ue_ipv4 : edge_ipv4,
			       .to_ipv4 = up ? edge_ipv4 : ue_ipv4,
			       .from_port = up ? ue_port : edge_port,
			       .to_port = up ? edge_port : ue_port};
	address_ue_mac((int)ue, up ? e.from_mac : e.to_mac);
	address_edge_mac(up ? e.to_mac : e.from_mac);
	return e;
}

static size_t make_datagram(struct sim *s, uint32_t ue, uint64_t sequence, int64_t sent_ns, uint32_t bytes)
{
	uint8_t *frame = s->capture->frame;
	struct datagram d = {.run = s->plan->run_id, .ue = ue + 1, .sequence = sequence, .sent_ns = sent_ns};
	struct frame_ends ends = ends_of(s, ue, LINK_UP);
	memset(frame, 0, bytes);
	datagram_put(frame + FRAME_UDP_OVERHEAD, &d);
	return frame_udp(frame, &ends, bytes - FRAME_UDP_OVERHEAD);
}

// The headers of the protocol's message where the segment holds them; tensors and results are zeros.
static size_t make_segment(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t offset, uint32_t bytes)
{
	uint8_t *frame = s->capture->frame, *payload = frame + FRAME_TCP_OVERHEAD;
	const struct transport *flow = &s->transports[ue * LINK_DIRS + dir];
	const struct transport *back =
	    &s->transports[ue * LINK_DIRS + (dir == LINK_UP ? LINK_DOWN : LINK_UP)];
	const struct sim_message *m = flow->first;
	size_t size = bytes - FRAME_TCP_OVERHEAD;
	while (m->end <= offset)
		m = m->next;
	memset(frame, 0, bytes);
	size_t skipped = (size_t)(offset - m->start);
	if (skipped < m->head_size) {
		size_t left = m->head_size - skipped;
		memcpy(payload, m->bytes + skipped, left < size ? left : size);
	}
	struct frame_ends ends = ends_of(s, ue, dir);
	return frame_tcp(frame, &ends, size, 1 + (uint32_t)offset, 1 + (uint32_t)back->received,
			 (uint32_t)(s->now_ns / NS_PER_MS), offset + size == m->end);
}

static void write_frame(struct sim *s, pcap_dumper_t *file, size_t size)
{
	if (!file)
		return;
	uint32_t kept = (uint32_t)s->topology->capture.snaplen;
	struct pcap_pkthdr header = {
	    .ts = {.tv_sec = s->now_ns / NS_PER_S, .tv_usec = s->now_ns % NS_PER_S}, // ns here
	    .caplen = size < kept ? (uint32_t)size : kept,
	    .len = (uint32_t)size};
	pcap_dump((u_char *)file, &header, s->capture->frame);
}

static size_t make_frame(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, int64_t sent_ns,
			 uint32_t bytes)
{
	return cookie & COOKIE_SEGMENT ? make_segment(s, ue, dir, cookie & ~COOKIE_SEGMENT, bytes)
				       : make_datagram(s, ue, cookie, sent_ns, bytes);
}

void capture_sent(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, uint32_t bytes)
{
	pcap_dumper_t *file = dir == LINK_UP ? s->capture->ue[ue] : s->capture->edge;
	if (file)
		write_frame(s, file, make_frame(s, ue, dir, cookie, s->now_ns, bytes));
}

void capture_delivered(struct sim *s, const struct link_packet *packet)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	pcap_dumper_t *exit = dir == LINK_UP ? s->capture->edge : s->capture->ue[packet->ue];
	if (!s->capture->radio && !exit)
		return;
	size_t size = make_frame(s, packet->ue, dir, packet->cookie, packet->enqueued_ns, packet->bytes);
	write_frame(s, s->capture->radio, size);
	write_frame(s, exit, size);
}
