// SPDX-License-Identifier: BSD-3-Clause
// The packet path: port -> cell -> port.
#include "emu/shaper/shaper.h"

#include <rte_ethdev.h>

#define BURST 32
#define RECEIVE_MOST 512  // packets before what is due is sent
#define SEND_ATTEMPTS 100 // a port that takes nothing this often in a row refuses

// Where a direction's packets come in, and where they go out.
static enum capture_point entry_point(enum link_dir dir)
{
	return dir == LINK_UP ? CAPTURE_UE : CAPTURE_EDGE;
}

static enum capture_point exit_point(enum link_dir dir)
{
	return dir == LINK_UP ? CAPTURE_EDGE : CAPTURE_UE;
}

static void filter(struct shaper *shaper, enum filter_reason reason, struct rte_mbuf *packet)
{
	shaper->accuracy.filtered[reason]++;
	rte_pktmbuf_free(packet);
}

// A packet that its link does not take is shown where packets are explained.
static void capture_refusal(struct shaper *shaper, uint32_t ue, enum link_dir dir, struct rte_mbuf *packet,
			    int64_t now)
{
	if (!capture_explains(shaper->capture, CAPTURE_RADIO, 0))
		return;
	struct cell_radio radio = {.rate_bps = 0};
	cell_read_radio(shaper->cell, ue, dir, now, &radio);
	struct capture_facts facts = capture_facts_of_refused(&radio);
	capture_packet(shaper->capture, CAPTURE_RADIO, ue, dir, packet, now, &facts);
}

static void enqueue(struct shaper *shaper, uint32_t ue, enum link_dir dir, struct rte_mbuf *packet,
		    int64_t now)
{
	uint32_t flow = ue * LINK_DIRS + dir;
	if (!shares_take(shaper->shares, flow)) {
		filter(shaper, FILTER_NO_BUFFER, packet);
		return;
	}
	int rc = cell_enqueue(shaper->cell, ue, dir, packet->pkt_len, (uint64_t)(uintptr_t)packet, now);
	if (rc == 0)
		return;
	shares_give(shaper->shares, flow);
	if (rc == -ENOBUFS) { // the cell has counted it
		capture_refusal(shaper, ue, dir, packet, now);
		rte_pktmbuf_free(packet);
	} else {
		filter(shaper, FILTER_NO_BUFFER, packet);
	}
}

static void take(struct shaper *shaper, enum link_dir dir, struct rte_mbuf *packet, int64_t now)
{
	uint32_t ue = UINT32_MAX;
	int reason = classify(shaper->classifier, dir, rte_pktmbuf_mtod(packet, const uint8_t *),
			      packet->data_len, &ue);
	const struct capture_facts refused = {
	    .fate = CAPTURE_REFUSED, .reason = reason >= 0 ? filter_name((enum filter_reason)reason) : NULL};
	capture_packet(shaper->capture, entry_point(dir), ue, dir, packet, now,
		       reason >= 0 ? &refused : NULL);
	if (reason >= 0)
		filter(shaper, (enum filter_reason)reason, packet);
	else
		enqueue(shaper, ue, dir, packet, now);
}

// The packets of one port that have come, and when.
struct arrivals {
	struct port *port;
	enum link_dir dir;
	uint16_t n;
	int64_t at_ns[BURST];
};

static void look(struct shaper *shaper, struct arrivals *a)
{
	a->n = port_peek(a->port, a->at_ns, BURST);
	for (uint16_t i = 0; i < a->n; i++)
		a->at_ns[i] -= shaper->wall_offset_ns;
}

// How many of a's packets came before the first of b's.
static uint16_t count_before(const struct arrivals *a, const struct arrivals *b)
{
	uint16_t n = 0;
	while (n < a->n && (b->n == 0 || a->at_ns[n] <= b->at_ns[0]))
		n++;
	return n;
}

// The link gets each packet at the instant at which the kernel took it in: a loop that was away, or woke
// late, bends nothing in the model's time.
static size_t receive(struct shaper *shaper, const struct arrivals *a, uint16_t n)
{
	struct rte_mbuf *burst[BURST];
	uint16_t got = port_receive(a->port, burst, n);
	int64_t now = clock_now_ns();
	for (uint16_t i = 0; i < got; i++) {
		int64_t at_ns = a->at_ns[i] < now ? a->at_ns[i] : now;
		lateness_add(&shaper->accuracy.ring, HOST_SHAPER_RING, now - at_ns);
		take(shaper, a->dir, burst[i], at_ns);
	}
	return got;
}

size_t forward_receive(struct shaper *shaper, bool *more)
{
	struct arrivals trunk = {.port = &shaper->ports.trunk, .dir = LINK_UP};
	struct arrivals edge = {.port = &shaper->ports.edge, .dir = LINK_DOWN};
	size_t total = 0, got = 1;
	while (total < RECEIVE_MOST && got > 0) {
		look(shaper, &trunk);
		look(shaper, &edge);
		// Whose first came earlier goes on until the other's turn.
		uint16_t n = count_before(&trunk, &edge);
		got =
		    n > 0 ? receive(shaper, &trunk, n) : receive(shaper, &edge, count_before(&edge, &trunk));
		total += got;
	}
	*more = got > 0;
	return total;
}

// The packets of one burst that leave through one port.
struct batch {
	enum link_dir dir;
	uint16_t n;
	const struct link_packet *packet[BURST];
	struct rte_mbuf *mbuf[BURST];
};

// Puts the batch on its port. Returns how many packets it took; the rest is freed and counted.
static uint16_t send_batch(struct shaper *shaper, struct batch *batch)
{
	const struct port *port = batch->dir == LINK_UP ? &shaper->ports.edge : &shaper->ports.trunk;
	uint16_t sent = 0;
	for (int attempts = 0; attempts < SEND_ATTEMPTS; attempts++) {
		uint16_t n = rte_eth_tx_burst(port->id, 0, &batch->mbuf[sent], (uint16_t)(batch->n - sent));
		sent = (uint16_t)(sent + n);
		if (sent == batch->n)
			return sent;
		shaper->accuracy.tx_retries++;
		if (n > 0)
			attempts = 0;
	}
	for (uint16_t i = sent; i < batch->n; i++)
		rte_pktmbuf_free(batch->mbuf[i]);
	shaper->accuracy.tx_failures += (uint64_t)(batch->n - sent);
	return sent;
}

static void note_sent(struct shaper *shaper, const struct link_packet *packet, int64_t now)
{
	int64_t late_ns = now - packet->deliver_ns;
	lateness_add(&shaper->accuracy.send[packet->dir], HOST_SHAPER_SEND, late_ns);
	shaper->accuracy.overruns += late_ns > ACCURACY_OVERRUN_NS;
}

static void release_batch(struct shaper *shaper, struct batch *batch)
{
	if (batch->n == 0)
		return;
	// A packet that will be captured as it leaves is kept alive beyond the port, which frees what it has
	// sent.
	bool kept[BURST] = {false};
	for (uint16_t i = 0; i < batch->n; i++) {
		kept[i] = capture_wants(shaper->capture, exit_point(batch->dir), batch->packet[i]->ue);
		if (kept[i])
			rte_mbuf_refcnt_update(batch->mbuf[i], 1);
	}
	uint16_t sent = send_batch(shaper, batch);
	int64_t now = clock_now_ns();
	for (uint16_t i = 0; i < batch->n; i++) {
		if (i < sent)
			note_sent(shaper, batch->packet[i], now);
		if (!kept[i])
			continue;
		if (i < sent)
			capture_packet(shaper->capture, exit_point(batch->dir), batch->packet[i]->ue,
				       batch->dir, batch->mbuf[i], now, NULL);
		rte_pktmbuf_free(batch->mbuf[i]);
	}
}

// Packets leave in the order of their delivery, so the time in which at least one was on its way is known up
// to this one's.
static void note_presence(struct shaper *shaper, const struct link_packet *packet)
{
	struct presence *p = &shaper->presence[packet->ue * LINK_DIRS + packet->dir];
	int64_t from_ns = packet->enqueued_ns > p->until_ns ? packet->enqueued_ns : p->until_ns;
	if (packet->deliver_ns <= from_ns)
		return;
	p->total_ns += packet->deliver_ns - from_ns;
	p->until_ns = packet->deliver_ns;
}

// A packet leaves its link. What does not arrive is shown only where that can be said.
static void capture_radio(struct shaper *shaper, const struct link_packet *packet, struct rte_mbuf *mbuf,
			  int64_t now)
{
	enum link_dir dir = (enum link_dir)packet->dir;
	struct cell_radio radio = {.rate_bps = 0};
	struct capture_facts facts = {.fate = CAPTURE_PASSED};
	bool explained = capture_explains(shaper->capture, CAPTURE_RADIO, 0);
	if (!explained && packet->fate != LINK_DELIVERED)
		return;
	if (explained) {
		cell_read_radio(shaper->cell, packet->ue, dir, now, &radio);
		facts = capture_facts_of(packet, &radio);
	}
	capture_packet(shaper->capture, CAPTURE_RADIO, packet->ue, dir, mbuf, packet->deliver_ns, &facts);
}

static void release_burst(struct shaper *shaper, const struct link_packet *packets, size_t n, int64_t now)
{
	struct batch batches[LINK_DIRS] = {{.dir = LINK_UP}, {.dir = LINK_DOWN}};
	for (size_t i = 0; i < n; i++) {
		const struct link_packet *packet = &packets[i];
		struct batch *batch = &batches[packet->dir];
		struct rte_mbuf *mbuf = shaper_packet(packet->cookie);
		shares_give(shaper->shares, packet->ue * LINK_DIRS + packet->dir);
		capture_radio(shaper, packet, mbuf, now);
		note_presence(shaper, packet);
		if (packet->fate != LINK_DELIVERED) { // the cell has counted it
			rte_pktmbuf_free(mbuf);
			upkeep_counters(shaper, packet->ue, batch->dir, now);
			continue;
		}
		batch->packet[batch->n] = packet;
		batch->mbuf[batch->n++] = mbuf;
		// Before the receiver can know of the packet, its sender's modem has counted it.
		upkeep_counters(shaper, packet->ue, batch->dir, now);
	}
	release_batch(shaper, &batches[LINK_UP]);
	release_batch(shaper, &batches[LINK_DOWN]);
}

size_t forward_release(struct shaper *shaper)
{
	struct link_packet packets[BURST];
	int64_t now = clock_now_ns(), overdue_ns = now - cell_next_event(shaper->cell);
	size_t total = 0, n = BURST;
	if (overdue_ns < 0)
		return 0;
	// All that is due now; what turns due meanwhile is for the next pass, after a look at the receive
	// rings.
	while (n == BURST) {
		n = cell_dequeue(shaper->cell, now, packets, BURST);
		release_burst(shaper, packets, n, now);
		total += n;
	}
	shaper->accuracy.late_polls += overdue_ns > ACCURACY_LATE_NS;
	return total;
}

void forward_end(struct shaper *shaper)
{
	struct port *ports[] = {&shaper->ports.trunk, &shaper->ports.edge};
	struct rte_mbuf *packets[BURST];
	shaper->accuracy.filtered[FILTER_ENDED] += shares_held(shaper->shares);
	for (int i = 0; i < 2; i++) {
		// Not more than one ring: whoever still sends must not hold the end up.
		for (uint32_t n = 0, got = 1; got > 0 && n < shaper->ports.ring_frames; n += got) {
			got = port_receive(ports[i], packets, BURST);
			shaper->accuracy.filtered[FILTER_ENDED] += got;
			rte_pktmbuf_free_bulk(packets, got);
		}
	}
}
