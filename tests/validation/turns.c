// SPDX-License-Identifier: BSD-3-Clause
// Every single turn of a cell against the rule, replayed slot by slot: full queues, channels that change with
// every turn and are often out of reach. Urgency is 1 (round robin), the rate (max rate) or the rate over the
// mean rate served (proportional fair: mean(t + 1) = (1 - 1/w) mean(t) + served(t) / w; Viswanath, Tse,
// Laroia 2002); equal urgencies go to the one whose last turn lies furthest back.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/cell.h"

#define UES 5
#define SLOTS 20000
#define BACKLOG 100
#define BYTES 1500u
#define WINDOW_SLOTS 100.
#define OUTAGE 0.4
#define NOBODY (-1)

struct air {
	double snr[SLOTS + 2][UES]; // 0 = out of reach
};

static double gain_at(void *context, uint32_t ue, int64_t now)
{
	const struct air *air = context;
	int64_t slot = now / GRANT_TTI_NS;
	double snr = air->snr[slot <= SLOTS ? slot : SLOTS + 1][ue];
	return snr > 0 ? 10 * log10(snr) - 137 : -300; // 23 dBm over 1 MHz: -137 dB is an SNR of 0 dB
}

// The last UE is always within reach, so that the others' outages are seen against it.
static struct air *draw_air(uint64_t seed)
{
	struct air *air = must_allocate(1, sizeof(*air));
	struct rng *rng = rng_new(seed, 1, RNG_FADING, 8);
	must(rng != NULL, "out of memory");
	for (int slot = 0; slot <= SLOTS + 1; slot++)
		for (int ue = 0; ue < UES; ue++)
			if (ue == UES - 1 || rng_uniform(rng, 0, 1) >= OUTAGE)
				air->snr[slot][ue] = 0.1 + rng_exponential(rng, 10. * (ue + 1));
	rng_free(rng);
	return air;
}

static struct cell *open_cell(enum grant_strategy strategy, struct air *air)
{
	struct cell_flow_config flow = {.tx_w = 0.19952623149688797, .limit_bytes = 1 << 20};
	struct cell_ue_config ues[UES];
	for (int i = 0; i < UES; i++)
		ues[i] = (struct cell_ue_config){.gain_db = -300, .flow = {flow, flow}};
	struct cell_carrier_config carrier = {.strategy = strategy,
					      .band_hz = 1e6,
					      .window_slots = WINDOW_SLOTS,
					      .rate = LINK_RATE_SHANNON_DEFAULT,
					      .noise_dbm_hz = -174};
	struct cell_config config = {.n_ues = UES,
				     .ues = ues,
				     .carrier = {carrier, carrier},
				     .gain_db = gain_at,
				     .gain_context = air,
				     .gain_interval_ns = GRANT_TTI_NS,
				     .seed = 1};
	struct err err = {""};
	struct cell *cell = cell_new(&config, 0, &err);
	must(cell != NULL, err.text);
	// Between two borders: at a border the first to arrive would have its turn at once, alone.
	for (uint32_t i = 0; i < UES * BACKLOG; i++)
		must(cell_enqueue(cell, i % UES, LINK_UP, BYTES, 0, GRANT_TTI_NS / 2) == 0,
		     "a packet is refused");
	return cell;
}

struct replay {
	enum grant_strategy strategy;
	double mean[UES];
	int64_t last_turn[UES], turns;
};

static double urgency(const struct replay *p, int ue, double rate)
{
	if (p->strategy == GRANT_ROUND_ROBIN)
		return 1;
	if (p->strategy == GRANT_MAX_RATE)
		return rate;
	return p->mean[ue] > 0 ? rate / p->mean[ue] : HUGE_VAL;
}

static int replay_turn(struct replay *p, const double *snr)
{
	int best = NOBODY;
	for (int ue = 0; ue < UES; ue++) {
		if (snr[ue] <= 0)
			continue;
		double mine = urgency(p, ue, log2(1 + snr[ue]));
		double other = best == NOBODY ? -1 : urgency(p, best, log2(1 + snr[best]));
		if (mine > other || (mine == other && p->last_turn[ue] < p->last_turn[best]))
			best = ue;
	}
	for (int ue = 0; ue < UES; ue++)
		p->mean[ue] *= 1 - 1 / WINDOW_SLOTS;
	if (best == NOBODY)
		return best;
	p->mean[best] += log2(1 + snr[best]) / WINDOW_SLOTS;
	p->last_turn[best] = ++p->turns;
	return best;
}

// Who transmitted during the slot that ends at now; refills the queues.
static int served(struct cell *cell, int64_t now, int64_t *airtime_ns)
{
	struct link_packet packet;
	while (cell_dequeue(cell, now, &packet, 1) == 1)
		must(cell_enqueue(cell, packet.ue, LINK_UP, BYTES, 0, now) == 0, "a packet is refused");
	int who = NOBODY;
	for (uint32_t ue = 0; ue < UES; ue++) {
		struct link_counters c;
		cell_read_counters(cell, ue, LINK_UP, now, &c);
		if (c.airtime_ns - airtime_ns[ue] > GRANT_TTI_NS / 2)
			who = (int)ue;
		airtime_ns[ue] = c.airtime_ns;
	}
	return who;
}

static void compare(struct report *r, enum grant_strategy strategy, struct air *air)
{
	struct cell *cell = open_cell(strategy, air);
	struct replay replay = {.strategy = strategy};
	int64_t airtime_ns[UES] = {0};
	int different = 0;
	for (int slot = 1; slot <= SLOTS; slot++) {
		int expected = replay_turn(&replay, air->snr[slot]);
		different += served(cell, (slot + 1) * GRANT_TTI_NS - 1, airtime_ns) != expected;
	}
	report_exact(r,
		     law_name("%s: turns given to another UE than the rule's", grant_rule_of(strategy)->name),
		     different, 0, 0, SLOTS);
	cell_free(cell);
}

void validate_turns(struct report *r)
{
	struct air *air = draw_air(r->seed);
	compare(r, GRANT_ROUND_ROBIN, air);
	compare(r, GRANT_MAX_RATE, air);
	compare(r, GRANT_PROPORTIONAL, air);
	free(air);
}
