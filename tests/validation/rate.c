// SPDX-License-Identifier: BSD-3-Clause
// Rates: Shannon's formula on the LTE cell of the co-inference literature, the MCS tables row by row, and the
// throughput that a saturated queue reaches at each scheme's rate.
#include "sections.h"

#include <math.h>
#include <stdlib.h>

#include "mac/link.h"
#include "phy/link_rate.h"
#include "phy/path_loss.h"
#include "phy/rate.h"
#include "standard.h"
#include "stats.h"

#define PRINTED 5.1e-5 // half of the last printed digit of an efficiency, and its own rounding
#define N_RB 106       // 20 MHz at 15 kHz: TS 38.101-1, table 5.3.2-1
#define SYMBOL_S (1e-3 / 14)
#define OVERHEAD 0.08
#define PACKET_BYTES 1500u
#define SECONDS 2

static void compare_shannon(struct report *r)
{
	static const double distances_m[] = {20, 50, 100, 200};
	struct path_loss loss = PATH_LOSS_DEFAULT;
	for (size_t i = 0; i < sizeof(distances_m) / sizeof(distances_m[0]); i++) {
		double d = distances_m[i], gain_db = -path_loss_db(&loss, d);
		double snr = snr_linear(0.19952623149688797, gain_db, noise_w(-174, 1e6, 0));
		double db = 23 - (128.1 + 37.6 * log10(d / 1000)) + 174 - 60; // of 23 dBm in 1 MHz
		report_exact(r, law_name("Shannon at %g m of the LTE cell, Mbit/s", d),
			     shannon_bps(1e6, snr, 0) / 1e6, log2(1 + pow(10, db / 10)), 1e-9, 1);
	}
}

static void compare_tables(struct report *r)
{
	for (int table = 0; table < STANDARD_TABLES; table++) {
		const struct standard_table *s = &standard_tables[table];
		double worst = 0;
		for (int i = 0; i < s->n; i++) {
			struct mcs mcs;
			must(mcs_get((enum mcs_table)table, s->first + i, &mcs, NULL) == 0,
			     "a row is missing");
			worst = fmax(worst, fabs(mcs_efficiency(&mcs) - s->rows[i].efficiency));
			worst = fmax(worst, fabs(mcs.rate_x1024 - s->rows[i].rate_x1024));
			worst = fmax(worst, abs(mcs.bits_per_symbol - s->rows[i].bits_per_symbol));
		}
		report_exact(r, law_name("%s: greatest difference of a row", s->name), worst, 0, PRINTED,
			     (uint64_t)s->n);
		report_exact(r, law_name("%s: number of rows", s->name),
			     mcs_last((enum mcs_table)table) - mcs_first((enum mcs_table)table) + 1, s->n, 0,
			     1);
	}
}

// Bit/s that leave a queue that never runs empty: payload bits of whole packets over the time they took.
static double saturated_bps(double rate_bps)
{
	struct link_flow_config flow = {.rate_bps = rate_bps, .limit_bytes = 1 << 20};
	struct link_flow_config flows[LINK_DIRS] = {flow, flow};
	struct link_config config = {.n_ues = 1, .flows = flows};
	struct link *link = link_new(&config, 0, NULL);
	must(link != NULL, "a link does not open");
	int64_t now = 0, last_end = 0;
	uint64_t bytes = 0;
	while (now < SECONDS * NS_PER_S) {
		while (link_enqueue(link, 0, LINK_UP, PACKET_BYTES, 0, now) == 0)
			;
		now += NS_PER_MS;
		struct link_packet packet;
		while (link_dequeue(link, now, &packet, 1) == 1) {
			bytes += packet.bytes;
			last_end = packet.end_ns;
		}
	}
	link_free(link);
	return 8 * (double)bytes / ns_to_s(last_end);
}

static void compare_throughput(struct report *r, int table)
{
	const struct standard_table *s = &standard_tables[table];
	struct link_rate config = LINK_RATE_NR_DEFAULT;
	config.table = (enum mcs_table)table;
	FILE *series = report_series(r, table == 0 ? "throughput-64qam" : "throughput-256qam",
				     "mcs,measured_mbps,table_mbps");
	double worst = 0;
	for (int i = 0; i < s->n; i++) {
		struct link_rate_choice choice;
		must(link_rate_of_mcs(&config, s->first + i, 1e6, 20e6, &choice, NULL) == 0,
		     "no such scheme");
		double expected = s->rows[i].bits_per_symbol * s->rows[i].rate_x1024 / 1024 * N_RB * 12 /
				  SYMBOL_S * (1 - OVERHEAD);
		double measured = saturated_bps(choice.rate_bps);
		worst = fmax(worst, fabs(measured / expected - 1));
		fprintf(series, "%d,%.5f,%.5f\n", s->first + i, measured / 1e6, expected / 1e6);
	}
	fclose(series);
	report_exact(r, law_name("%s: throughput of a full queue, greatest relative difference", s->name),
		     worst, 0, 1e-6, (uint64_t)s->n);
}

// TS 38.306, 4.1.2, for 100 MHz at 30 kHz (273 RB), one layer, 256QAM, R = 948/1024, downlink overhead 0.14.
static void compare_peak(struct report *r)
{
	struct mcs mcs;
	must(mcs_get(MCS_256QAM, 27, &mcs, NULL) == 0, "MCS 27 is missing");
	int n_rb = nr_resource_blocks(100e6, 30e3, NULL);
	report_exact(r, "resource blocks of 100 MHz at 30 kHz", n_rb, 273, 0, 1);
	double expected = 8 * (948. / 1024) * 273 * 12 / (1e-3 / 28) * 0.86 / 1e6;
	report_exact(r, "peak rate of 100 MHz, one layer, 256QAM, downlink, Mbit/s",
		     nr_rate_bps(&mcs, n_rb, 1, 0.14) / 1e6, expected, 1e-6, 1);
}

void validate_rate(struct report *r)
{
	compare_shannon(r);
	compare_tables(r);
	compare_throughput(r, MCS_64QAM);
	compare_throughput(r, MCS_256QAM);
	compare_peak(r);
}
