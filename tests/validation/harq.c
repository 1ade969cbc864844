// SPDX-License-Identifier: BSD-3-Clause
// HARQ in a cell: how often a packet is sent, when it arrives, how many are lost after the last attempt.
// Packets come so far apart that none waits for another.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "mac/cell.h"
#include "standard.h"
#include "stats.h"

#define PACKETS 20000
#define BYTES 1250u // 10 ms at 1 Mbit/s
#define RATE_BPS 1e6
#define AIRTIME_NS 10000000LL
#define ROUND_TRIP_NS 8000000LL
#define DELAY_NS 2000000LL
#define APART_NS (400 * NS_PER_MS)
#define MOST 4 // transmissions

struct outcome {
	double transmissions[MOST + 1]; // [n - 1] delivered after n; [MOST] lost
	int64_t worst_ns;		// difference of a delay to n airtimes + (n - 1) round trips
	double delay_s[PACKETS];	// of the delivered ones
	int delivered;
	int64_t airtime_ns;
};

static struct cell *open_cell(const struct cell_flow_config *flow, const struct link_rate *rate,
			      double gain_db, uint64_t seed)
{
	struct cell_ue_config ue = {.gain_db = gain_db, .flow = {*flow, *flow}};
	struct cell_carrier_config carrier = {
	    .strategy = GRANT_OWN_BAND, .band_hz = 20e6, .rate = *rate, .noise_dbm_hz = -174};
	struct cell_config config = {
	    .n_ues = 1, .ues = &ue, .carrier = {carrier, carrier}, .seed = seed, .run = 1};
	struct err err = {""};
	struct cell *cell = cell_new(&config, 0, &err);
	must(cell != NULL, err.text);
	return cell;
}

static void look_at(struct outcome *o, const struct link_packet *p)
{
	o->transmissions[p->fate == LINK_LOST ? MOST : p->transmissions - 1]++;
	if (p->fate != LINK_DELIVERED)
		return;
	int64_t delay = p->deliver_ns - p->enqueued_ns;
	int64_t expected = p->transmissions * AIRTIME_NS + (p->transmissions - 1) * ROUND_TRIP_NS + DELAY_NS;
	int64_t difference = llabs(delay - expected);
	o->worst_ns = difference > o->worst_ns ? difference : o->worst_ns;
	o->delay_s[o->delivered++] = ns_to_s(delay);
}

static void send_apart(struct cell *cell, struct outcome *o)
{
	for (int i = 0; i < PACKETS; i++) {
		int64_t now = i * APART_NS;
		must(cell_enqueue(cell, 0, LINK_UP, BYTES, 0, now) == 0, "a packet is refused");
		struct link_packet packet;
		must(cell_dequeue(cell, now + APART_NS - 1, &packet, 1) == 1, "a packet does not come out");
		look_at(o, &packet);
	}
	struct link_counters counters;
	cell_read_counters(cell, 0, LINK_UP, PACKETS * APART_NS, &counters);
	o->airtime_ns = counters.airtime_ns;
}

// P(n transmissions and delivered), and P(lost) at [MOST].
static void reference_law(double bler, double soft, double *law)
{
	double reached = 1;
	for (int n = 0; n < MOST; n++) {
		double fails = bler * pow(soft, n);
		law[n] = reached * (1 - fails);
		reached *= fails;
	}
	law[MOST] = reached;
}

static void judge(struct report *r, double bler, double soft, const struct outcome *o, FILE *series)
{
	double law[MOST + 1], expected[MOST + 1], mean_s = 0, sent = 0;
	reference_law(bler, soft, law);
	for (int n = 0; n <= MOST; n++) {
		expected[n] = law[n] * PACKETS;
		sent += o->transmissions[n] * (n < MOST ? n + 1 : MOST);
		double delay_ms = 1e3 * ns_to_s((n + 1) * AIRTIME_NS + n * ROUND_TRIP_NS + DELAY_NS);
		if (n < MOST) {
			mean_s += law[n] * delay_ms / 1e3 / (1 - law[MOST]);
			struct interval ci = binomial_interval(o->transmissions[n], PACKETS, LEVEL);
			fprintf(series, "%g,%.6f,%.6f,%.6f,%.6f\n", delay_ms, o->transmissions[n] / PACKETS,
				ci.low, ci.high, law[n]);
		}
	}
	fprintf(series, "\n\n");
	char name[64];
	snprintf(name, sizeof(name), "block errors %g, factor %g", bler, soft);
	double statistic, p = chi_square_test(o->transmissions, expected, MOST + 1, &statistic);
	report_test(r, law_name("%s: delivered after n transmissions or lost, chi-square", name), statistic,
		    p, PACKETS);
	report_interval(r, law_name("%s: residual loss", name), o->transmissions[MOST] / PACKETS, law[MOST],
			binomial_interval(o->transmissions[MOST], PACKETS, LEVEL), PACKETS);
	report_interval(r, law_name("%s: mean delay, ms", name),
			1e3 * mean_of(o->delay_s, (size_t)o->delivered), 1e3 * mean_s,
			(struct interval){1e3 * mean_interval(o->delay_s, (size_t)o->delivered, LEVEL).low,
					  1e3 * mean_interval(o->delay_s, (size_t)o->delivered, LEVEL).high},
			(uint64_t)o->delivered);
	report_exact(r,
		     law_name("%s: each delay n airtimes + (n - 1) round trips + 2 ms, difference, ns", name),
		     (double)o->worst_ns, 0, 1, (uint64_t)o->delivered);
	report_exact(r, law_name("%s: airtime over transmissions x 10 ms", name),
		     (double)o->airtime_ns / (sent * AIRTIME_NS), 1, 1e-9, PACKETS);
}

static void validate_fixed(struct report *r, double bler, double soft, FILE *series)
{
	struct cell_flow_config flow = {.fixed_bps = RATE_BPS, .delay_ns = DELAY_NS, .limit_bytes = 1 << 20};
	flow.impairment.harq = harq_fixed(bler, soft, MOST - 1, ROUND_TRIP_NS);
	flow.tx_w = 0.2;
	struct cell *cell = open_cell(&flow, &LINK_RATE_SHANNON_DEFAULT, -100, r->seed);
	struct outcome *o = must_allocate(1, sizeof(*o));
	send_apart(cell, o);
	judge(r, bler, soft, o, series);
	free(o);
	cell_free(cell);
}

static int count_failures(double snr_db, int mcs, uint64_t seed)
{
	struct cell_flow_config flow = {.tx_w = 0.2, .limit_bytes = 1 << 20, .radio_bler = true};
	flow.impairment.harq.max_retransmissions = 1;
	double noise_dbm = -174 + 10 * log10(20e6), gain_db = snr_db + noise_dbm - 10 * log10(200);
	struct cell *cell = open_cell(&flow, &LINK_RATE_NR_DEFAULT, gain_db, seed);
	struct cell_radio radio;
	must(cell_read_radio(cell, 0, LINK_UP, 0, &radio) == 0, "no radio state");
	must(radio.mcs == mcs, "the cell uses another scheme than the search finds");
	int failed = 0;
	for (int i = 0; i < PACKETS; i++) {
		struct link_packet packet;
		must(cell_enqueue(cell, 0, LINK_UP, BYTES, 0, i * APART_NS) == 0, "a packet is refused");
		must(cell_dequeue(cell, (i + 1) * APART_NS - 1, &packet, 1) == 1,
		     "a packet does not come out");
		failed += packet.transmissions > 1;
	}
	cell_free(cell);
	return failed;
}

// 5G NR: the first transmission fails at the block error rate of the scheme in use. At SNRs just above those
// at which the link adaptation changes the scheme, where blocks fail often enough to count.
static void validate_radio(struct report *r)
{
	const struct standard_table *table = &standard_tables[MCS_64QAM];
	double last_db = -100;
	for (double snr_db = -4; snr_db < 22; snr_db += 0.02) {
		int mcs = reference_choice(table, snr_db);
		if (mcs < 0 || snr_db < last_db + 4)
			continue;
		const struct standard_row *row = &table->rows[mcs];
		double expected = reference_bler(snr_db, row->bits_per_symbol * row->rate_x1024 / 1024);
		if (expected < 0.02)
			continue;
		int failed = count_failures(snr_db, mcs, r->seed + (uint64_t)mcs);
		report_interval(
		    r, law_name("radio at %.2f dB, MCS %d: first transmissions that fail", snr_db, mcs),
		    failed / (double)PACKETS, expected, binomial_interval(failed, PACKETS, LEVEL), PACKETS);
		last_db = snr_db;
	}
}

void validate_harq(struct report *r)
{
	FILE *series = report_series(r, "harq", "delay_ms,share,low,high,expected");
	validate_fixed(r, 0.3, 1, series);
	validate_fixed(r, 0.5, 0.4, series);
	fclose(series);
	validate_radio(r);
}
