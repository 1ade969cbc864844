// SPDX-License-Identifier: BSD-3-Clause
// Packets per second through mac/cell (enqueue + dequeue) by strategy and number of UEs, beside mac/link
// alone, and how the cost of a packet grows with the number of UEs: the exponent is the slope of log(cost)
// over log(UEs), 1 = linear.
//
//   open       packets of 1500 bytes at 80 % of a cell of 1 Gbit/s, each UE's in turn
//   saturated  every UE has four packets waiting at any time
//
// Times are processor time of this thread, the best of three, so that neighbours on the machine count little.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mac/cell.h"
#include "phy/rate.h"

#define PACKETS 500000
#define REPEATS 3
#define BYTES 1500
#define CELL_BPS 1e9
#define BURST 32
#define DEPTH 4
#define SIZES 4

static const uint32_t sizes[SIZES] = {1, 10, 100, 1000};

struct variant {
	const char *name;
	enum grant_strategy strategy;
	bool impaired, fading;
};

static double moving_gain(void *context, uint32_t ue, int64_t now)
{
	(void)context;
	return -90 - (double)((now / NS_PER_MS + ue) % 8);
}

static struct cell *make_cell(const struct variant *v, uint32_t n_ues)
{
	struct cell_ue_config *ues = calloc(n_ues, sizeof(*ues));
	struct cell_config config = {.n_ues = n_ues, .ues = ues, .seed = 1, .run = 1};
	if (!ues)
		return NULL;
	bool own = v->strategy == GRANT_OWN_BAND || v->strategy == GRANT_GRANTED;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		config.carrier[dir] = (struct cell_carrier_config){.strategy = v->strategy,
								   .band_hz = 100e6,
								   .rate = LINK_RATE_SHANNON_DEFAULT,
								   .noise_dbm_hz = THERMAL_NOISE_DBM_HZ};
	for (uint32_t i = 0; i < n_ues; i++)
		for (int dir = 0; dir < LINK_DIRS; dir++) {
			struct cell_flow_config *f = &ues[i].flow[dir];
			f->limit_bytes = 1 << 24;
			f->hertz = own ? 100e6 / n_ues : 0;
			f->tx_w = 10;
			f->fixed_bps = v->fading ? 0 : CELL_BPS / (v->strategy == GRANT_OWN_BAND ? n_ues : 1);
			f->deadline_ns = 10 * NS_PER_MS;
			if (v->impaired)
				f->impairment = (struct impairment_config){
				    .harq = harq_fixed(0.1, 0.1, 4, 8 * NS_PER_MS),
				    .bursts = {0.001, 0.1, 0, 0.5},
				    .jitter = {JITTER_NORMAL, NS_PER_MS, NS_PER_MS / 4}};
		}
	config.gain_db = v->fading ? moving_gain : NULL;
	struct err err;
	struct cell *cell = cell_new(&config, 0, &err);
	if (!cell)
		fprintf(stderr, "bench_cell: %s\n", err.text);
	free(ues);
	return cell;
}

static int64_t cpu_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

// Nanoseconds a packet; NAN when packets went missing.
static double measure_open(struct cell *cell, uint32_t n_ues)
{
	double step_ns = BYTES * 8e9 / CELL_BPS / .8;
	struct link_packet out[BURST];
	uint64_t delivered = 0;
	int64_t begin = cpu_now_ns();
	for (uint32_t i = 0; i < PACKETS; i++) {
		int64_t now = (int64_t)(step_ns * i);
		cell_enqueue(cell, i % n_ues, LINK_UP, BYTES, i, now);
		if (cell_next_event(cell) <= now)
			delivered += cell_dequeue(cell, now, out, BURST);
	}
	while (cell_next_event(cell) != TIME_NEVER)
		delivered += cell_dequeue(cell, cell_next_event(cell), out, BURST);
	return delivered == PACKETS ? (double)(cpu_now_ns() - begin) / PACKETS : (double)NAN;
}

static double measure_saturated(struct cell *cell, uint32_t n_ues)
{
	struct link_packet out[BURST];
	uint64_t delivered = 0;
	int64_t now = 0;
	for (uint32_t i = 0; i < n_ues * DEPTH; i++)
		cell_enqueue(cell, i % n_ues, LINK_UP, BYTES, i, 0);
	int64_t begin = cpu_now_ns();
	while (delivered < PACKETS) {
		now = cell_next_event(cell);
		size_t n = cell_dequeue(cell, now, out, BURST);
		for (size_t i = 0; i < n; i++)
			cell_enqueue(cell, out[i].ue, LINK_UP, BYTES, 0, now);
		delivered += n;
	}
	return (double)(cpu_now_ns() - begin) / (double)delivered;
}

static double measure_link(uint32_t n_ues)
{
	struct link_flow_config *flows = calloc((size_t)n_ues * LINK_DIRS, sizeof(*flows));
	if (!flows)
		return (double)NAN;
	for (uint32_t i = 0; i < n_ues * LINK_DIRS; i++)
		flows[i] = (struct link_flow_config){.rate_bps = CELL_BPS / n_ues, .limit_bytes = 1 << 24};
	struct link *link = link_new(&(struct link_config){.n_ues = n_ues, .flows = flows}, 0, NULL);
	free(flows);
	double step_ns = BYTES * 8e9 / CELL_BPS / .8;
	struct link_packet out[BURST];
	int64_t begin = cpu_now_ns();
	for (uint32_t i = 0; i < PACKETS; i++) {
		int64_t now = (int64_t)(step_ns * i);
		link_enqueue(link, i % n_ues, LINK_UP, BYTES, i, now);
		if (link_next_event(link) <= now)
			link_dequeue(link, now, out, BURST);
	}
	while (link_next_event(link) != TIME_NEVER)
		link_dequeue(link, link_next_event(link), out, BURST);
	double each_ns = (double)(cpu_now_ns() - begin) / PACKETS;
	link_free(link);
	return each_ns;
}

static double exponent(const double *each_ns)
{
	double x = 0, y = 0, xx = 0, xy = 0;
	for (int i = 0; i < SIZES; i++) {
		double lx = log(sizes[i]), ly = log(each_ns[i]);
		x += lx;
		y += ly;
		xx += lx * lx;
		xy += lx * ly;
	}
	return (SIZES * xy - x * y) / (SIZES * xx - x * x);
}

static int print(const char *name, const char *load, const double *each_ns)
{
	printf("%-26s %-9s", name, load);
	for (int i = 0; i < SIZES; i++)
		printf("  %4u UEs %6.2f M/s", sizes[i], 1e3 / each_ns[i]);
	double slope = exponent(each_ns);
	printf("  growth n^%.2f\n", slope);
	return isfinite(slope) ? 0 : 1;
}

static double measure(const struct variant *v, bool saturated, uint32_t n_ues)
{
	if (!v)
		return measure_link(n_ues);
	struct cell *cell = make_cell(v, n_ues);
	if (!cell)
		return (double)NAN;
	double each_ns = saturated ? measure_saturated(cell, n_ues) : measure_open(cell, n_ues);
	cell_free(cell);
	return each_ns;
}

static int run(const struct variant *v, bool saturated)
{
	double best_ns[SIZES];
	for (int i = 0; i < SIZES; i++) {
		best_ns[i] = measure(v, saturated, sizes[i]);
		for (int repeat = 1; repeat < REPEATS; repeat++)
			best_ns[i] = fmin(best_ns[i], measure(v, saturated, sizes[i]));
	}
	return print(v ? v->name : "link alone", saturated ? "saturated" : "open", best_ns);
}

int main(void)
{
	static const struct variant variants[] = {
	    {"own-band", GRANT_OWN_BAND, false, false},
	    {"granted", GRANT_GRANTED, false, false},
	    {"equal-share", GRANT_EQUAL_SHARE, false, false},
	    {"round-robin", GRANT_ROUND_ROBIN, false, false},
	    {"proportional-fair", GRANT_PROPORTIONAL, false, false},
	    {"max-rate", GRANT_MAX_RATE, false, false},
	    {"priority", GRANT_PRIORITY, false, false},
	    {"earliest-deadline", GRANT_EARLIEST_DEADLINE, false, false},
	    {"own-band, HARQ + loss", GRANT_OWN_BAND, true, false},
	    {"equal-share, HARQ + loss", GRANT_EQUAL_SHARE, true, false},
	    {"own-band, fading", GRANT_OWN_BAND, false, true},
	    {"proportional-fair, fading", GRANT_PROPORTIONAL, false, true},
	};
	int failed = run(NULL, false);
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		failed |= run(&variants[v], false);
		failed |= run(&variants[v], true);
	}
	return failed;
}
