// SPDX-License-Identifier: BSD-3-Clause
// Proportional fair in the long run: UEs with full queues and independent Rayleigh blocks of one TTI. In the
// limit of a long window the UE of the greatest R_i / T_i is served, with the throughputs T_i a fixed point
// of
//     T_i = E[R_i; R_i / T_i > R_j / T_j for all j] = int R(s) f_i(s) prod_j F_j(R^-1(R(s) T_j / T_i)) ds
// (Kushner and Whiting, IEEE Trans. Wireless Communications 3(4), 2004), solved here by numeric integration
// over exponential SNRs.
#include "sections.h"

#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_expint.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "mac/cell.h"
#include "stats.h"

#define UES 4
#define BAND_HZ 1e6
#define WINDOW_SLOTS 5000
#define WARM_UP 30000
#define SLOTS 50000
#define REPLICATIONS 12
#define PACKET_BYTES 1500u
#define BACKLOG 40
#define NOISE_AND_POWER_DB (-174. + 60 - 23) // a gain of this many dB is an SNR of 0 dB

struct shares {
	double time[UES], bps[UES];
};

// The reference.
struct integrand {
	const double *mean_snr, *bps; // the present T_i
	int ue;
	bool time; // of the time, not of the bits
};

static double integrand_at(double s, void *parameters)
{
	const struct integrand *q = parameters;
	double rate = BAND_HZ * log2(1 + s), value = exp(-s / q->mean_snr[q->ue]) / q->mean_snr[q->ue];
	for (int j = 0; j < UES; j++) {
		double others = exp2(rate * q->bps[j] / q->bps[q->ue] / BAND_HZ) - 1;
		if (j != q->ue)
			value *= -expm1(-others / q->mean_snr[j]);
	}
	return q->time ? value : value * rate;
}

static double integrate(struct integrand *q, gsl_integration_workspace *workspace)
{
	gsl_function f = {.function = integrand_at, .params = q};
	double result = 0, error = 0;
	int failed = gsl_integration_qag(&f, 0, 60 * q->mean_snr[q->ue], 0, 1e-9, 1000, GSL_INTEG_GAUSS31,
					 workspace, &result, &error);
	must(failed == 0, "an integral does not converge");
	return result;
}

static struct shares solve(const double *mean_snr)
{
	gsl_integration_workspace *workspace = gsl_integration_workspace_alloc(1000);
	must(workspace != NULL, "out of memory");
	struct shares s;
	for (int i = 0; i < UES; i++)
		s.bps[i] = BAND_HZ * log2(1 + mean_snr[i]) / UES;
	double residual = 1;
	for (int round = 0; residual > 1e-8 && round < 1000; round++) {
		double next[UES];
		for (int i = 0; i < UES; i++)
			next[i] = integrate(&(struct integrand){mean_snr, s.bps, i, false}, workspace);
		residual = 0;
		for (int i = 0; i < UES; i++) {
			residual = fmax(residual, fabs(next[i] / s.bps[i] - 1));
			s.bps[i] *= pow(next[i] / s.bps[i], 0.1); // further would oscillate
		}
	}
	must(residual <= 1e-8, "the fixed point of proportional fair is not found");
	for (int i = 0; i < UES; i++)
		s.time[i] = integrate(&(struct integrand){mean_snr, s.bps, i, true}, workspace);
	gsl_integration_workspace_free(workspace);
	return s;
}

// The cell.
struct air {
	const double *mean_snr;
	struct rng *rng;
};

static double draw_gain(void *context, uint32_t ue, int64_t now)
{
	(void)now;
	struct air *air = context;
	return 10 * log10(rng_exponential(air->rng, air->mean_snr[ue])) + NOISE_AND_POWER_DB;
}

static struct cell *open_cell(enum grant_strategy strategy, struct air *air)
{
	struct cell_flow_config flow = {.tx_w = 0.19952623149688797, .limit_bytes = 1 << 20};
	struct cell_ue_config ues[UES];
	for (int i = 0; i < UES; i++)
		ues[i] = (struct cell_ue_config){.gain_db = NOISE_AND_POWER_DB, .flow = {flow, flow}};
	struct cell_carrier_config carrier = {.strategy = strategy,
					      .band_hz = BAND_HZ,
					      .window_slots = WINDOW_SLOTS,
					      .rate = LINK_RATE_SHANNON_DEFAULT,
					      .noise_dbm_hz = -174};
	struct cell_config config = {.n_ues = UES,
				     .ues = ues,
				     .carrier = {carrier, carrier},
				     .gain_db = draw_gain,
				     .gain_context = air,
				     .gain_interval_ns = GRANT_TTI_NS,
				     .seed = 1};
	struct err err = {""};
	struct cell *cell = cell_new(&config, 0, &err);
	must(cell != NULL, err.text);
	return cell;
}

// Every packet that leaves is followed by another: queues never run empty.
static void run_slots(struct cell *cell, int64_t from, int64_t slots)
{
	for (int64_t slot = from; slot < from + slots; slot++) {
		struct link_packet packet;
		int64_t now = (slot + 1) * GRANT_TTI_NS;
		while (cell_dequeue(cell, now, &packet, 1) == 1)
			must(cell_enqueue(cell, packet.ue, LINK_UP, PACKET_BYTES, 0, now) == 0,
			     "a packet is refused");
	}
}

static struct shares replicate(enum grant_strategy strategy, const double *mean_snr, uint64_t seed,
			       uint64_t run)
{
	struct air air = {mean_snr, rng_new(seed, run, RNG_FADING, 7)};
	must(air.rng != NULL, "out of memory");
	struct cell *cell = open_cell(strategy, &air);
	for (uint32_t i = 0; i < UES * BACKLOG; i++)
		must(cell_enqueue(cell, i % UES, LINK_UP, PACKET_BYTES, 0, 0) == 0, "a packet is refused");
	struct link_counters before[UES], after[UES];
	run_slots(cell, 0, WARM_UP);
	for (uint32_t i = 0; i < UES; i++)
		cell_read_counters(cell, i, LINK_UP, WARM_UP * GRANT_TTI_NS, &before[i]);
	run_slots(cell, WARM_UP, SLOTS);
	struct shares s;
	for (uint32_t i = 0; i < UES; i++) {
		cell_read_counters(cell, i, LINK_UP, (WARM_UP + SLOTS) * GRANT_TTI_NS, &after[i]);
		s.time[i] =
		    (double)(after[i].airtime_ns - before[i].airtime_ns) / (SLOTS * (double)GRANT_TTI_NS);
		s.bps[i] = 8 * (double)(after[i].bytes - before[i].bytes) / (SLOTS * ns_to_s(GRANT_TTI_NS));
	}
	cell_free(cell);
	rng_free(air.rng);
	return s;
}

struct sample {
	double time[UES][REPLICATIONS], bps[UES][REPLICATIONS], worst_total;
};

static void measure(struct sample *m, enum grant_strategy strategy, const double *mean_snr, uint64_t seed)
{
	*m = (struct sample){0};
	for (int run = 0; run < REPLICATIONS; run++) {
		struct shares s = replicate(strategy, mean_snr, seed, (uint64_t)run + 1);
		double total = 0;
		for (int i = 0; i < UES; i++) {
			m->time[i][run] = s.time[i];
			m->bps[i][run] = s.bps[i] / 1e6;
			total += s.time[i];
		}
		m->worst_total = fmax(m->worst_total, fabs(total - 1));
	}
}

static void judge(struct report *r, const char *name, const struct sample *m, const struct shares *expected,
		  FILE *series)
{
	for (int i = 0; i < UES; i++) {
		struct interval time = mean_interval(m->time[i], REPLICATIONS, LEVEL);
		struct interval bps = mean_interval(m->bps[i], REPLICATIONS, LEVEL);
		report_interval(r, law_name("%s: UE %d, share of the time", name, i + 1),
				mean_of(m->time[i], REPLICATIONS), expected->time[i], time,
				REPLICATIONS * SLOTS);
		report_interval(r, law_name("%s: UE %d, Mbit/s", name, i + 1),
				mean_of(m->bps[i], REPLICATIONS), expected->bps[i] / 1e6, bps,
				REPLICATIONS * SLOTS);
		fprintf(series, "%d,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f,%.5f\n", i + 1,
			mean_of(m->time[i], REPLICATIONS), time.low, time.high, expected->time[i],
			mean_of(m->bps[i], REPLICATIONS), bps.low, bps.high, expected->bps[i] / 1e6);
	}
	fprintf(series, "\n\n");
	report_exact(r, law_name("%s: shares add up to 1, difference", name), m->worst_total, 0, 1e-8,
		     REPLICATIONS);
}

// Round robin: a quarter of the time, and of the mean rate e^(1/s) E1(1/s) / ln 2 of a Rayleigh channel.
static struct shares round_robin(const double *mean_snr)
{
	struct shares s;
	for (int i = 0; i < UES; i++) {
		s.time[i] = 1. / UES;
		s.bps[i] = BAND_HZ * exp(1 / mean_snr[i]) * gsl_sf_expint_E1(1 / mean_snr[i]) / M_LN2 / UES;
	}
	return s;
}

void validate_fairness(struct report *r)
{
	static const double equal[UES] = {10, 10, 10, 10},
			    unequal[UES] = {1, 3.1622776601683795, 10, 31.622776601683793};
	FILE *series = report_series(r, "fairness",
				     "ue,time,time_low,time_high,time_expected,mbps,mbps_low,"
				     "mbps_high,mbps_expected");
	struct sample *m = must_allocate(1, sizeof(*m));
	struct shares expected = solve(equal);
	measure(m, GRANT_PROPORTIONAL, equal, r->seed);
	judge(r, "proportional fair, all at 10 dB", m, &expected, series);
	expected = solve(unequal);
	measure(m, GRANT_PROPORTIONAL, unequal, r->seed);
	judge(r, "proportional fair, 0, 5, 10, 15 dB", m, &expected, series);
	expected = round_robin(unequal);
	measure(m, GRANT_ROUND_ROBIN, unequal, r->seed);
	judge(r, "round robin, 0, 5, 10, 15 dB", m, &expected, series);
	free(m);
	fclose(series);
}
