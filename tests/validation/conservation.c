// SPDX-License-Identifier: BSD-3-Clause
// Bytes and energy of a link under random traffic, drops and changing rates: every byte offered is sent,
// dropped or waiting at every instant, and the airtime that energy is charged for is the time in which a
// fluid queue of the same arrivals and rates has something to send.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/link.h"
#include "phy/energy.h"

#define UES 6
#define STEPS 100000
#define LIMIT_BYTES 30000u
#define TX_W 0.2

// The fluid queue: knows bytes and rates, no packets.
struct fluid {
	double rate_bps, backlog_bits, airtime_s, sent_bits;
};

static void fluid_advance(struct fluid *f, double seconds)
{
	if (f->rate_bps <= 0 || f->backlog_bits <= 0)
		return;
	double busy_s = fmin(seconds, f->backlog_bits / f->rate_bps);
	f->airtime_s += busy_s;
	f->sent_bits += busy_s * f->rate_bps;
	f->backlog_bits = busy_s < seconds ? 0 : f->backlog_bits - busy_s * f->rate_bps;
}

struct bench {
	struct link *link;
	struct rng *rng;
	struct fluid fluid[UES];
	uint64_t offered_bytes[UES], accepted_bytes[UES], received_bytes[UES];
	int64_t now;
	uint64_t violations, checks, drops;
};

static void step_time(struct bench *b)
{
	int64_t step = llround(rng_exponential(b->rng, 1e6));
	b->now += step;
	for (int ue = 0; ue < UES; ue++)
		fluid_advance(&b->fluid[ue], ns_to_s(step));
	struct link_packet packet;
	while (link_dequeue(b->link, b->now, &packet, 1) == 1)
		b->received_bytes[packet.ue] += packet.bytes;
}

static void step_traffic(struct bench *b)
{
	uint32_t ue = (uint32_t)rng_below(b->rng, UES);
	if (rng_below(b->rng, 4) == 0) {
		double rate_bps = rng_below(b->rng, 8) == 0 ? 0 : pow(10, rng_uniform(b->rng, 5, 7.5));
		must(link_set_rate(b->link, ue, LINK_UP, rate_bps, b->now) == 0, "a rate is refused");
		b->fluid[ue].rate_bps = rate_bps;
		return;
	}
	uint32_t bytes = 60 + (uint32_t)rng_below(b->rng, 1455);
	b->offered_bytes[ue] += bytes;
	if (link_enqueue(b->link, ue, LINK_UP, bytes, 0, b->now) == 0) {
		b->accepted_bytes[ue] += bytes;
		b->fluid[ue].backlog_bits += 8. * bytes;
	} else {
		b->drops++;
	}
}

static void check_bytes(struct bench *b)
{
	for (uint32_t ue = 0; ue < UES; ue++) {
		struct link_counters c;
		link_read_counters(b->link, ue, LINK_UP, b->now, &c);
		b->violations += c.enqueued_bytes != b->offered_bytes[ue];
		b->violations += c.enqueued_bytes != c.bytes + c.dropped_bytes + c.queue_bytes;
		b->violations += c.enqueued_packets != c.packets + c.drops + c.queue_packets;
		b->violations += c.bytes + c.queue_bytes != b->accepted_bytes[ue];
		b->violations += c.delivered_bytes != b->received_bytes[ue];
		b->checks += 5;
	}
}

static void drain(struct bench *b)
{
	for (uint32_t ue = 0; ue < UES; ue++) {
		must(link_set_rate(b->link, ue, LINK_UP, 1e7, b->now) == 0, "a rate is refused");
		b->fluid[ue].rate_bps = 1e7;
	}
	for (int i = 0; i < 1000; i++)
		step_time(b);
	check_bytes(b);
}

static void report_energy(struct report *r, struct bench *b)
{
	const struct radio_energy radio = {.efficiency = 0.4, .circuit_w = 0.05};
	double charged_j = 0, expected_j = 0, worst_s = 0, left = 0;
	for (uint32_t ue = 0; ue < UES; ue++) {
		struct link_counters c;
		link_read_counters(b->link, ue, LINK_UP, b->now, &c);
		double airtime_s = ns_to_s(c.airtime_ns);
		charged_j += radio_transmit_j(&radio, TX_W, airtime_s);
		expected_j += (TX_W / 0.4 + 0.05) * b->fluid[ue].airtime_s;
		worst_s = fmax(worst_s, fabs(airtime_s - b->fluid[ue].airtime_s));
		left += (double)(b->accepted_bytes[ue] - b->received_bytes[ue]);
	}
	report_exact(r, "bytes accepted and not received after the queues ran empty", left, 0, 0, UES);
	report_exact(r, "airtime of a UE against the fluid queue's, greatest difference, us", worst_s * 1e6,
		     0, 1, UES);
	report_exact(r, "energy of the cell: charged over the fluid queue's", charged_j / expected_j, 1, 1e-6,
		     UES);
}

// E = P t: the literature's upload energy of one task at one constant rate.
static void report_task_energy(struct report *r)
{
	const struct radio_energy radio = RADIO_ENERGY_DEFAULT;
	report_exact(r, "upload of 1 Mbit at 20 Mbit/s and 23 dBm, mJ",
		     radio_transmit_j(&radio, pow(10, 2.3) / 1e3, 1e6 / 20e6) * 1e3, 9.97631157484439967,
		     1e-9, 1);
}

void validate_conservation(struct report *r)
{
	struct link_flow_config flows[UES * LINK_DIRS];
	for (int i = 0; i < UES * LINK_DIRS; i++)
		flows[i] = (struct link_flow_config){.rate_bps = 1e6, .limit_bytes = LIMIT_BYTES};
	struct link_config config = {.n_ues = UES, .flows = flows};
	struct bench b = {.link = link_new(&config, 0, NULL), .rng = rng_new(r->seed, 1, RNG_TEST, 0)};
	must(b.link && b.rng, "out of memory");
	for (int ue = 0; ue < UES; ue++)
		b.fluid[ue].rate_bps = 1e6;
	for (int i = 0; i < STEPS; i++) {
		step_time(&b);
		step_traffic(&b);
		check_bytes(&b);
	}
	report_exact(r, law_name("offered = sent + dropped + waiting, received = delivered: violations"),
		     (double)b.violations, 0, 0, b.checks);
	drain(&b);
	report_energy(r, &b);
	report_task_energy(r);
	link_free(b.link);
	rng_free(b.rng);
}
