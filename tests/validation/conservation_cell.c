// SPDX-License-Identifier: BSD-3-Clause
// A whole cell under every grant strategy, with changing channels, HARQ, loss, jitter, CoDel and queues that
// overflow: every packet that goes in comes out once, and every byte is accounted for at every instant.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/cell.h"

#define UES 6
#define STEPS 20000
#define DRAIN_S 600

struct bench {
	struct cell *cell;
	struct rng *rng;
	int64_t now;
	unsigned char *out; // by cookie: how often it came out
	uint64_t cookies, wrong_cookies;
	uint64_t offered_bytes[UES], refused_bytes[UES];
	uint64_t delivered_bytes[UES], lost_bytes[UES], dropped_bytes[UES]; // as handed out
	uint64_t violations, checks;
};

static double draw_gain(void *context, uint32_t ue, int64_t now)
{
	(void)now;
	return -125 - 3. * ue + 10 * log10(rng_exponential(context, 1));
}

static struct cell *open_cell(enum grant_strategy strategy, struct rng *rng)
{
	struct cell_flow_config flow = {.hertz = 1e6 / UES,
					.tx_w = 0.2,
					.delay_ns = NS_PER_MS,
					.limit_bytes = 9000,
					.codel = true,
					.deadline_ns = 50 * NS_PER_MS};
	flow.impairment = (struct impairment_config){
	    .harq = harq_fixed(0.2, 1, 2, 8 * NS_PER_MS),
	    .random = 0.01,
	    .bursts = {.p = 0.01, .r = 0.3, .bad_loss = 1},
	    .jitter = {.kind = JITTER_EXPONENTIAL, .mean_ns = NS_PER_MS},
	};
	struct cell_ue_config ues[UES];
	for (int i = 0; i < UES; i++)
		ues[i] = (struct cell_ue_config){.gain_db = -125, .flow = {flow, flow}};
	struct cell_carrier_config carrier = {
	    .strategy = strategy, .band_hz = 1e6, .rate = LINK_RATE_SHANNON_DEFAULT, .noise_dbm_hz = -174};
	struct cell_config config = {.n_ues = UES,
				     .ues = ues,
				     .carrier = {carrier, carrier},
				     .gain_db = draw_gain,
				     .gain_context = rng,
				     .gain_interval_ns = 10 * NS_PER_MS,
				     .seed = 1};
	struct err err = {""};
	struct cell *cell = cell_new(&config, 0, &err);
	must(cell != NULL, err.text);
	return cell;
}

static void take_out(struct bench *b)
{
	struct link_packet p;
	while (cell_dequeue(b->cell, b->now, &p, 1) == 1) {
		b->wrong_cookies += p.cookie >= b->cookies || b->out[p.cookie]++ > 0;
		if (p.fate == LINK_DELIVERED)
			b->delivered_bytes[p.ue] += p.bytes;
		else if (p.fate == LINK_LOST)
			b->lost_bytes[p.ue] += p.bytes;
		else
			b->dropped_bytes[p.ue] += p.bytes;
	}
}

static void put_in(struct bench *b)
{
	uint32_t ue = (uint32_t)rng_below(b->rng, UES), bytes = 60 + (uint32_t)rng_below(b->rng, 1455);
	b->offered_bytes[ue] += bytes;
	if (cell_enqueue(b->cell, ue, LINK_UP, bytes, b->cookies, b->now) == 0)
		b->cookies++;
	else
		b->refused_bytes[ue] += bytes;
}

static void check(struct bench *b, bool drained)
{
	for (uint32_t ue = 0; ue < UES; ue++) {
		struct link_counters c;
		cell_read_counters(b->cell, ue, LINK_UP, b->now, &c);
		b->violations += c.enqueued_bytes != b->offered_bytes[ue];
		b->violations += c.enqueued_bytes != c.bytes + c.dropped_bytes + c.queue_bytes;
		b->violations += c.enqueued_packets != c.packets + c.drops + c.queue_packets;
		b->violations += c.bytes < c.delivered_bytes + c.lost_bytes;
		b->violations += c.delivered_bytes != b->delivered_bytes[ue];
		b->checks += 5;
		if (!drained)
			continue;
		b->violations += c.queue_bytes != 0 || c.bytes != c.delivered_bytes + c.lost_bytes;
		b->violations += c.lost_bytes != b->lost_bytes[ue];
		b->violations += c.dropped_bytes != b->refused_bytes[ue] + b->dropped_bytes[ue];
		b->checks += 3;
	}
}

static double total_airtime_s(struct bench *b)
{
	double sum = 0;
	for (uint32_t ue = 0; ue < UES; ue++) {
		struct link_counters c;
		cell_read_counters(b->cell, ue, LINK_UP, b->now, &c);
		sum += ns_to_s(c.airtime_ns);
	}
	return sum;
}

// A run in which nothing was lost, refused or dropped would prove little.
static void check_hardship(const struct bench *b)
{
	uint64_t lost = 0, refused = 0, dropped = 0;
	for (int ue = 0; ue < UES; ue++) {
		lost += b->lost_bytes[ue];
		refused += b->refused_bytes[ue];
		dropped += b->dropped_bytes[ue];
	}
	must(lost > 0 && refused > 0 && dropped > 0, "a cell without loss, full queues or CoDel's drops");
}

static void run(struct report *r, enum grant_strategy strategy)
{
	struct bench b = {.rng = rng_new(r->seed, strategy, RNG_TEST, 1), .out = must_allocate(STEPS, 1)};
	struct rng *gains = rng_new(r->seed, strategy, RNG_TEST, 2);
	must(b.rng && gains, "out of memory");
	b.cell = open_cell(strategy, gains);
	uint64_t overlaps = 0;
	const struct grant_rule *rule = grant_rule_of(strategy);
	for (int i = 0; i < STEPS; i++) {
		b.now += llround(rng_exponential(b.rng, 2e6));
		take_out(&b);
		put_in(&b);
		check(&b, false);
		// A shared band is used once.
		overlaps += rule->sharing != GRANT_OWN_BANDS && total_airtime_s(&b) > ns_to_s(b.now) + 1e-7;
	}
	b.now += DRAIN_S * NS_PER_S;
	take_out(&b);
	check(&b, true);
	check_hardship(&b);
	for (uint64_t i = 0; i < b.cookies; i++)
		b.wrong_cookies += b.out[i] != 1;
	report_exact(r,
		     law_name("%s: offered = delivered + lost + dropped + waiting, violations", rule->name),
		     (double)b.violations, 0, 0, b.checks);
	report_exact(r, law_name("%s: packets that do not come out exactly once", rule->name),
		     (double)b.wrong_cookies, 0, 0, b.cookies);
	if (rule->sharing != GRANT_OWN_BANDS)
		report_exact(r, law_name("%s: instants with more airtime than time", rule->name),
			     (double)overlaps, 0, 0, STEPS);
	cell_free(b.cell);
	rng_free(b.rng);
	rng_free(gains);
	free(b.out);
}

void validate_conservation_cell(struct report *r)
{
	for (int strategy = 0; strategy < GRANT_STRATEGIES; strategy++)
		run(r, (enum grant_strategy)strategy);
}
