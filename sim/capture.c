// SPDX-License-Identifier: BSD-3-Clause
// The same files at the same points as the shaper's (emu/shaper/capture.h), written in place, in virtual time
// from 1970 on.
#include "sim/engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "records/capture/file.h"
#include "records/capture/interfaces.h"
#include "setup/address.h"
#include "sim/frame.h"

#define FIRST_UE_PORT 49152 // ue1's, the first dynamic port (RFC 6335)

struct sim_capture {
	struct capture_file *radio, *edge, **ue; // NULL = not captured; ue: [n_ues]
	const char **interfaces;
	bool explains;
	uint8_t frame[2048];
};

static int open_file(struct sim *s, struct capture_file **out, const char *name)
{
	char path[PATH_MAX];
	const struct topology *t = s->topology;
	snprintf(path, sizeof(path), "%s/%s.%s", s->run->directory, name, topology_capture_suffix(t));
	const struct capture_file_config config = {.path = path,
						   .filter = t->capture.filter,
						   .interfaces = s->capture->interfaces,
						   .rotate_bytes = t->capture.rotate_bytes,
						   .snaplen = (uint32_t)t->capture.snaplen,
						   .format =
						       s->capture->explains ? CAPTURE_PCAPNG : CAPTURE_PCAP};
	return capture_file_new(out, &config, s->err);
}

static int open_files(struct sim *s)
{
	const struct topology *t = s->topology;
	const struct topology_points *points = &t->capture.points;
	struct sim_capture *c = s->capture;
	int r = points->radio || points->all ? open_file(s, &c->radio, "radio") : 0;
	if (r == 0 && (points->edge || points->all))
		r = open_file(s, &c->edge, "edge");
	for (int i = 0; r == 0 && i < t->n_ues; i++) {
		char name[16];
		snprintf(name, sizeof(name), "ue%d", i + 1);
		r = t->ue[i].capture ? open_file(s, &c->ue[i], name) : 0;
	}
	return r;
}

int sim_capture_open(struct sim *s)
{
	const struct topology *t = s->topology;
	bool any = t->capture.points.radio || t->capture.points.edge || t->capture.points.all;
	for (int i = 0; !any && i < t->n_ues; i++)
		any = t->ue[i].capture;
	if (!s->run->directory || !any)
		return 0;
	struct sim_capture *c = calloc(1, sizeof(*c));
	s->capture = c;
	if (c) {
		c->ue = calloc((size_t)t->n_ues, sizeof(*c->ue));
		c->interfaces = capture_interfaces_new((uint32_t)t->n_ues);
		c->explains = t->capture.format == FORMAT_PCAPNG;
	}
	if (!c || !c->ue || !c->interfaces)
		return err_set(s->err, ENOMEM, "no memory for captures");
	return open_files(s);
}

// Closes, and says what became of it.
static void close_file(struct sim *s, struct capture_file *file)
{
	if (!file)
		return;
	capture_file_close(file);
	results_capture(s->results, capture_file_record(file));
	capture_file_free(file);
}

void sim_capture_close(struct sim *s)
{
	struct sim_capture *c = s->capture;
	if (!c)
		return;
	close_file(s, c->radio);
	close_file(s, c->edge);
	for (int i = 0; c->ue && i < s->topology->n_ues; i++)
		close_file(s, c->ue[i]);
	capture_interfaces_free(c->interfaces);
	free(c->ue);
	free(c);
	s->capture = NULL;
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
	struct datagram d = {.run = s->run->run_id, .ue = ue + 1, .sequence = sequence, .sent_ns = sent_ns};
	struct frame_ends ends = ends_of(s, ue, LINK_UP);
	memset(frame, 0, bytes);
	datagram_put(frame + FRAME_UDP_OVERHEAD, &d);
	return frame_udp(frame, &ends, bytes - FRAME_UDP_OVERHEAD);
}

// The headers of the protocol's message where the segment holds them; tensors and results are zeros.
static size_t make_segment(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t offset, uint32_t bytes)
{
	uint8_t *frame = s->capture->frame, *payload = frame + FRAME_TCP_OVERHEAD;
	const struct transport *flow = &s->radio.transports[ue * LINK_DIRS + dir];
	const struct transport *back =
	    &s->radio.transports[ue * LINK_DIRS + (dir == LINK_UP ? LINK_DOWN : LINK_UP)];
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

static size_t make_frame(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, int64_t sent_ns,
			 uint32_t bytes)
{
	return cookie & COOKIE_SEGMENT ? make_segment(s, ue, dir, cookie & ~COOKIE_SEGMENT, bytes)
				       : make_datagram(s, ue, cookie, sent_ns, bytes);
}

// The frame in hand; a file that fails tells of it when it is closed.
static void write_frame(struct sim *s, struct capture_file *file, size_t size, uint32_t ue, enum link_dir dir,
			const struct capture_facts *facts)
{
	struct capture_frame frame = {.data = s->capture->frame,
				      .size = (uint32_t)size,
				      .length = (uint32_t)size,
				      .wall_ns = s->now_ns,
				      .interface =
					  capture_interface_of((uint32_t)s->topology->n_ues, ue, dir)};
	if (facts)
		frame.facts = *facts;
	if (file)
		capture_file_write(file, &frame);
}

void sim_capture_sent(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, uint32_t bytes)
{
	struct capture_file *file = dir == LINK_UP ? s->capture->ue[ue] : s->capture->edge;
	if (file)
		write_frame(s, file, make_frame(s, ue, dir, cookie, s->now_ns, bytes), ue, dir, NULL);
}

void sim_capture_refused(struct sim *s, uint32_t ue, enum link_dir dir, uint64_t cookie, uint32_t bytes)
{
	struct cell_radio radio = {.rate_bps = 0};
	if (!s->capture->radio || !s->capture->explains)
		return;
	cell_read_radio(s->cell, ue, dir, s->now_ns, &radio);
	struct capture_facts facts = capture_facts_of_refused(&radio);
	write_frame(s, s->capture->radio, make_frame(s, ue, dir, cookie, s->now_ns, bytes), ue, dir, &facts);
}

void sim_capture_left(struct sim *s, const struct link_packet *packet)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	bool arrives = packet->fate == LINK_DELIVERED, explains = s->capture->explains;
	struct capture_file *exit = dir == LINK_UP ? s->capture->edge : s->capture->ue[packet->ue];
	struct cell_radio radio = {.rate_bps = 0};
	struct capture_facts facts = {.fate = CAPTURE_PASSED};
	if (!(s->capture->radio && (arrives || explains)) && !(exit && arrives))
		return;
	if (explains && s->capture->radio) {
		cell_read_radio(s->cell, packet->ue, dir, s->now_ns, &radio);
		facts = capture_facts_of(packet, &radio);
	}
	size_t size = make_frame(s, packet->ue, dir, packet->cookie, packet->enqueued_ns, packet->bytes);
	write_frame(s, s->capture->radio, size, packet->ue, dir, &facts);
	if (arrives)
		write_frame(s, exit, size, packet->ue, dir, NULL);
}
