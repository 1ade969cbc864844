// SPDX-License-Identifier: BSD-3-Clause
// Closed forms of the cell's strategies, and what it does at the edges.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "phy/channel.h"
#include "tests/unit/mac/cell_lab.h"

#define MBIT 1e6

static struct link_packet out[4096];

// The instant at which the last of everything in the cell is delivered; out[0 .. *n) in order.
static int64_t run_dry(struct cell *cell, size_t *n)
{
	*n = 0;
	for (int64_t at; (at = cell_next_event(cell)) != TIME_NEVER;)
		*n += cell_dequeue(cell, at, &out[*n], 4096 - *n);
	return *n ? out[*n - 1].deliver_ns : 0;
}

static void equal_shares_are_w_over_k(void **state)
{
	(void)state;
	for (uint32_t k = 1; k <= 16; k++) {
		struct lab lab;
		lab_init(&lab, 20, GRANT_EQUAL_SHARE, 80 * MBIT);
		struct cell *cell = lab_cell(&lab);
		for (uint32_t ue = 0; ue < k; ue++)
			lab_fill(cell, ue, 1, 10000, 0);
		for (uint32_t ue = 0; ue < 20; ue++) {
			struct cell_radio radio;
			cell_read_radio(cell, ue, LINK_UP, 0, &radio);
			assert_true(fabs(radio.hertz - (ue < k ? LAB_BAND_HZ / k : 0)) < 1e-3);
		}
		size_t n;
		assert_int_equal(run_dry(cell, &n), k * NS_PER_MS); // 80 kbit each at 80 / k Mbit/s
		assert_int_equal(n, k);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(out[i].end_ns, k * NS_PER_MS);
		cell_free(cell);
	}
}

// Two packets of 80 kbit, the second after 0.5 ms: alone for 40 kbit, then half each until the first is out
// at 1.5 ms, then alone again.
static void equal_shares_follow_arrivals(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 2, GRANT_EQUAL_SHARE, 80 * MBIT);
	struct cell *cell = lab_cell(&lab);
	size_t n;
	lab_fill(cell, 0, 1, 10000, 0);
	lab_fill(cell, 1, 1, 10000, NS_PER_MS / 2);
	run_dry(cell, &n);
	assert_int_equal(out[0].end_ns, 3 * NS_PER_MS / 2);
	assert_int_equal(out[1].end_ns, 2 * NS_PER_MS);
	for (uint32_t ue = 0; ue < 2; ue++) // what each has used of the whole band
		assert_int_equal(lab_counters(cell, ue, LINK_UP, NS_PER_S).airtime_ns, NS_PER_MS);
	cell_free(cell);
}

// A packet fills a TTI exactly: the turns go round, and from a start in mid-slot the first begins at the next
// border.
static void round_robin_goes_round(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 5, GRANT_ROUND_ROBIN, 80 * MBIT);
	lab.config.carrier[LINK_UP].tti_ns = NS_PER_MS / 2;
	struct cell *cell = lab_cell(&lab);
	for (uint32_t ue = 0; ue < 5; ue++)
		lab_fill(cell, ue, 8, 5000, 1000); // 40 kbit = 0.5 ms
	size_t n;
	run_dry(cell, &n);
	assert_int_equal(n, 40);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(out[i].ue, i % 5);
		assert_int_equal(out[i].start_ns, (int64_t)(i + 1) * NS_PER_MS / 2);
		assert_int_equal(out[i].end_ns, (int64_t)(i + 2) * NS_PER_MS / 2);
	}
	for (uint32_t ue = 0; ue < 5; ue++)
		assert_int_equal(lab_counters(cell, ue, LINK_UP, NS_PER_S).airtime_ns, 4 * NS_PER_MS);
	cell_free(cell);
}

// k backlogged UEs get 1/k of the time each, whatever their rates: throughput rate / k.
static void round_robin_shares_time(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 4, GRANT_ROUND_ROBIN, 0);
	for (uint32_t ue = 0; ue < 4; ue++)
		lab.ues[ue].flow[LINK_UP].fixed_bps = 10 * MBIT * (ue + 1);
	struct cell *cell = lab_cell(&lab);
	for (uint32_t ue = 0; ue < 4; ue++)
		lab_fill(cell, ue, 4000, 1500, 0);
	for (uint32_t ue = 0; ue < 4; ue++) {
		struct link_counters c = lab_counters(cell, ue, LINK_UP, NS_PER_S);
		assert_int_equal(c.airtime_ns, NS_PER_S / 4);
		assert_true(fabs((double)c.bytes * 8 - 10 * MBIT * (ue + 1) / 4) <= 12000);
	}
	cell_free(cell);
}

// What a queue leaves of its TTI is the next one's.
static void the_rest_of_a_turn_is_passed_on(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 3, GRANT_ROUND_ROBIN, 80 * MBIT);
	struct cell *cell = lab_cell(&lab);
	for (uint32_t ue = 0; ue < 3; ue++)
		lab_fill(cell, ue, 1, 2500, 0); // a quarter of a TTI
	size_t n;
	assert_int_equal(run_dry(cell, &n), 3 * NS_PER_MS / 4);
	lab_fill(cell, 0, 1, 2500, 4 * NS_PER_MS / 5); // finds the band idle: waits for the border
	run_dry(cell, &n);
	assert_int_equal(out[0].start_ns, NS_PER_MS);
	cell_free(cell);
}

static void max_rate_serves_the_best(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 3, GRANT_MAX_RATE, 10 * MBIT);
	lab.ues[1].flow[LINK_UP].fixed_bps = 40 * MBIT;
	lab.ues[2].flow[LINK_UP].fixed_bps = 20 * MBIT;
	struct cell *cell = lab_cell(&lab);
	for (uint32_t ue = 0; ue < 3; ue++)
		lab_fill(cell, ue, 10, 5000, 1); // all there at the first border, 1 ms
	size_t n;
	// 400 kbit each: 10 ms of UE 1, 20 ms of UE 2, 40 ms of UE 0.
	assert_int_equal(run_dry(cell, &n), 71 * NS_PER_MS);
	assert_int_equal(out[9].end_ns, 11 * NS_PER_MS);
	assert_int_equal(out[19].end_ns, 31 * NS_PER_MS);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i].ue, i < 10 ? 1 : i < 20 ? 2 : 0);
	cell_free(cell);
}

static void priority_preempts_at_the_border(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 2, GRANT_PRIORITY, 80 * MBIT);
	lab.ues[0].flow[LINK_UP].priority = 1;
	struct cell *cell = lab_cell(&lab);
	lab_fill(cell, 0, 1, 50000, 0);			// 5 ms
	lab_fill(cell, 1, 1, 10000, 3 * NS_PER_MS / 2); // more important, from the border at 2 ms on
	size_t n;
	run_dry(cell, &n);
	assert_int_equal(out[0].ue, 1);
	assert_int_equal(out[0].start_ns, 2 * NS_PER_MS);
	assert_int_equal(out[0].end_ns, 3 * NS_PER_MS);
	assert_int_equal(out[1].start_ns, 0);
	assert_int_equal(out[1].end_ns, 6 * NS_PER_MS);
	assert_int_equal(lab_counters(cell, 0, LINK_UP, NS_PER_S).airtime_ns, 5 * NS_PER_MS);
	cell_free(cell);
}

// Preloaded queues of random sizes with deadlines: EDF's completions are the cumulative sums in the order of
// the deadlines. Every deadline is met exactly when no such sum exceeds its deadline.
static void edf_meets_what_is_feasible(void **state)
{
	(void)state;
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TEST, 0);
	int feasible_cases = 0;
	for (int trial = 0; trial < 200; trial++) {
		struct lab lab;
		uint32_t n_ues = 2 + (uint32_t)rng_below(rng, 10);
		lab_init(&lab, n_ues, GRANT_EARLIEST_DEADLINE, 80 * MBIT);
		int64_t work_ns[LAB_MAX_UES], deadline_ns[LAB_MAX_UES];
		for (uint32_t ue = 0; ue < n_ues; ue++)
			lab.ues[ue].flow[LINK_UP].deadline_ns = deadline_ns[ue] =
			    (int64_t)rng_below(rng, (uint64_t)(n_ues * 4 * NS_PER_MS)) + 2;
		struct cell *cell = lab_cell(&lab);
		for (uint32_t ue = 0; ue < n_ues; ue++) {
			uint32_t packets = 1 + (uint32_t)rng_below(rng, 40);
			lab_fill(cell, ue, (int)packets, 1000, 1); // all there at the first border, 1 ms
			work_ns[ue] = packets * 100 * NS_PER_US;
		}
		size_t n;
		run_dry(cell, &n);
		bool feasible = true, met = true;
		for (uint32_t ue = 0; ue < n_ues; ue++) {
			int64_t sum_ns = NS_PER_MS, end_ns = 0;
			for (uint32_t other = 0; other < n_ues; other++)
				if (deadline_ns[other] <= deadline_ns[ue])
					sum_ns += work_ns[other];
			for (size_t i = 0; i < n; i++)
				if (out[i].ue == ue)
					end_ns = out[i].end_ns;
			assert_int_equal(end_ns, sum_ns);
			feasible &= sum_ns <= deadline_ns[ue] + 1;
			met &= end_ns <= deadline_ns[ue] + 1;
		}
		assert_int_equal(met, feasible);
		feasible_cases += feasible;
		cell_free(cell);
	}
	printf("%d of 200 cases could be met, and were\n", feasible_cases);
	rng_free(rng);
}

static void own_bands_carry_shannons_rate(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 4, GRANT_OWN_BAND, 0);
	lab.ues[0].flow[LINK_UP].hertz = 1e6;
	for (uint32_t ue = 1; ue < 4; ue++)
		lab.ues[ue].flow[LINK_UP].hertz = 3e6;
	lab.ues[0].gain_db = -110;
	struct cell *cell = lab_cell(&lab);
	struct cell_radio radio;
	assert_int_equal(cell_read_radio(cell, 0, LINK_UP, 0, &radio), 0);
	double snr = 0.2 * pow(10, -11) / (pow(10, -17.4) * 1e-3 * 1e6);
	assert_true(fabs(radio.snr / snr - 1) < 1e-9);
	assert_true(fabs(radio.rate_bps / (1e6 * log2(1 + snr)) - 1) < 1e-9);
	lab_fill(cell, 0, 1, 12500, 0);
	size_t n;
	assert_true(fabs((double)run_dry(cell, &n) - 1e5 * 1e9 / radio.rate_bps) <= 1);
	// The band doubles: so does the UE's own; power stays, so the SNR halves.
	assert_int_equal(cell_set_bandwidth(cell, LINK_UP, 2 * LAB_BAND_HZ, NS_PER_S, NULL), 0);
	cell_read_radio(cell, 0, LINK_UP, NS_PER_S, &radio);
	assert_true(fabs(radio.hertz / 2e6 - 1) < 1e-9);
	assert_true(fabs(radio.rate_bps / (2e6 * log2(1 + snr / 2)) - 1) < 1e-9);
	cell_free(cell);
}

static void grants_stay_within_the_band(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 3, GRANT_GRANTED, 100 * MBIT); // over 10 MHz
	struct cell *cell = lab_cell(&lab);
	struct err err;
	struct cell_radio radio;
	lab_fill(cell, 0, 1, 12500, 0); // 100 kbit
	assert_int_equal(cell_next_event(cell), TIME_NEVER);
	assert_int_equal(cell_grant(cell, 0, LINK_UP, 4e6, 0, &err), 0);
	assert_int_equal(cell_next_event(cell), 2500 * NS_PER_US); // at 40 Mbit/s
	assert_int_equal(cell_grant(cell, 1, LINK_UP, 5e6, 0, &err), 0);
	assert_int_equal(cell_grant(cell, 2, LINK_UP, 3e6, 0, &err), -ERANGE);
	assert_non_null(strstr(err.text, "UE 2"));
	assert_non_null(strstr(err.text, "by 2000000 Hz"));
	cell_read_radio(cell, 2, LINK_UP, 0, &radio);
	assert_true(radio.hertz == 0 && radio.rate_bps == 0);
	assert_int_equal(cell_grant(cell, 0, LINK_UP, 2e6, NS_PER_MS, &err), 0); // 60 kbit left at 20 Mbit/s
	assert_int_equal(cell_next_event(cell), 4 * NS_PER_MS);
	assert_int_equal(cell_grant(cell, 2, LINK_UP, 3e6, NS_PER_MS, &err), 0);
	assert_int_equal(cell_set_bandwidth(cell, LINK_UP, 9e6, NS_PER_MS, &err), -ERANGE);
	assert_non_null(strstr(err.text, "by 1000000 Hz"));
	assert_int_equal(cell_grant(cell, 2, LINK_UP, (double)NAN, NS_PER_MS, &err), -EINVAL);
	assert_int_equal(cell_grant(cell, 2, LINK_UP, -1, NS_PER_MS, &err), -EINVAL);
	assert_int_equal(cell_grant(cell, 3, LINK_UP, 1, NS_PER_MS, &err), -EINVAL);
	cell_free(cell);
	lab_init(&lab, 1, GRANT_EQUAL_SHARE, 1);
	cell = lab_cell(&lab);
	assert_int_equal(cell_grant(cell, 0, LINK_UP, 1, 0, &err), -EINVAL);
	assert_non_null(strstr(err.text, "granted"));
	cell_free(cell);
}

// No signal and no band hold the packets, under every strategy, and let them go when they come back.
static void nothing_moves_without_signal_or_band(void **state)
{
	(void)state;
	for (int strategy = 0; strategy < GRANT_STRATEGIES; strategy++) {
		struct lab lab;
		lab_init(&lab, 2, (enum grant_strategy)strategy, 0);
		lab.ues[0].gain_db = lab.ues[1].gain_db = -100;
		for (int ue = 0; ue < 2; ue++)
			lab.ues[ue].flow[LINK_UP].hertz = LAB_BAND_HZ / 2;
		struct cell *cell = lab_cell(&lab);
		struct cell_radio radio;
		size_t n;
		assert_int_equal(cell_set_gain(cell, 0, -INFINITY, 0, NULL), 0);
		lab_fill(cell, 0, 3, 1500, 0);
		cell_read_radio(cell, 0, LINK_UP, NS_PER_S, &radio);
		assert_true(radio.rate_bps < 1 && radio.snr >= 0 && isfinite(radio.snr));
		run_dry(cell, &n);
		assert_int_equal(n, 0);
		assert_int_equal(lab_counters(cell, 0, LINK_UP, NS_PER_S).airtime_ns, 0);
		lab_fill(cell, 1, 3, 1500, NS_PER_S); // the other one is not held up
		int64_t alone_ns = run_dry(cell, &n) - NS_PER_S;
		assert_int_equal(n, 3);
		assert_int_equal(cell_set_gain(cell, 0, -100, 2 * NS_PER_S, NULL), 0);
		assert_int_equal(run_dry(cell, &n), 2 * NS_PER_S + alone_ns);
		assert_int_equal(n, 3);
		if (strategy == GRANT_GRANTED)
			for (uint32_t ue = 0; ue < 2; ue++)
				assert_int_equal(cell_grant(cell, ue, LINK_UP, 0, 2 * NS_PER_S, NULL), 0);
		assert_int_equal(cell_set_bandwidth(cell, LINK_UP, 0, 3 * NS_PER_S, NULL), 0);
		lab_fill(cell, 0, 3, 1500, 3 * NS_PER_S);
		run_dry(cell, &n);
		assert_int_equal(n, 0);
		assert_int_equal(cell_set_bandwidth(cell, LINK_UP, LAB_BAND_HZ, 4 * NS_PER_S, NULL), 0);
		if (strategy == GRANT_GRANTED)
			assert_int_equal(cell_grant(cell, 0, LINK_UP, LAB_BAND_HZ / 2, 4 * NS_PER_S, NULL),
					 0);
		int64_t end_ns = run_dry(cell, &n);
		assert_int_equal(end_ns, 4 * NS_PER_S + alone_ns);
		assert_int_equal(cell_set_gain(cell, 0, (double)NAN, 5 * NS_PER_S, NULL), -EINVAL);
		cell_free(cell);
	}
}

static void wrong_configurations_are_refused(void **state)
{
	(void)state;
	struct lab lab;
	struct err err;
	lab_init(&lab, 2, GRANT_OWN_BAND, 0);
	lab.config.ues = lab.ues;
	lab.ues[1].flow[LINK_DOWN].hertz = LAB_BAND_HZ;
	errno = 0;
	assert_null(cell_new(&lab.config, 0, &err)); // half of the band is UE 0's
	assert_int_equal(errno, ERANGE);
	assert_non_null(strstr(err.text, "downlink"));
	assert_non_null(strstr(err.text, "by 5000000 Hz"));
	lab.ues[1].flow[LINK_DOWN].hertz = (double)NAN;
	assert_null(cell_new(&lab.config, 0, &err));
	lab.ues[1].flow[LINK_DOWN].hertz = 0;
	lab.ues[1].flow[LINK_UP].impairment.random = 1.5;
	assert_null(cell_new(&lab.config, 0, &err));
	assert_non_null(strstr(err.text, "UE 1"));
	lab.ues[1].flow[LINK_UP].impairment.random = 0;
	lab.config.carrier[LINK_UP].band_hz = -1;
	assert_null(cell_new(&lab.config, 0, &err));
	lab.config.carrier[LINK_UP].band_hz = 200e3; // 100 kHz each: no resource block
	lab.config.carrier[LINK_UP].rate = LINK_RATE_NR_DEFAULT;
	assert_null(cell_new(&lab.config, 0, &err));
	lab.config.carrier[LINK_UP].rate = LINK_RATE_SHANNON_DEFAULT;
	lab.config.n_ues = 0;
	assert_null(cell_new(&lab.config, 0, &err));
	lab.config.n_ues = 2;
	struct cell *cell = cell_new(&lab.config, 0, &err);
	assert_non_null(cell);
	assert_int_equal(cell_enqueue(cell, 2, LINK_UP, 1, 0, 0), -EINVAL);
	assert_int_equal(cell_enqueue(cell, 0, LINK_DIRS, 1, 0, 0), -EINVAL);
	assert_int_equal(cell_enqueue(cell, 0, LINK_UP, 0, 0, 0), -EINVAL);
	cell_free(cell);
}

static double staircase(void *context, uint32_t ue, int64_t now)
{
	int *n_calls = context;
	++*n_calls;
	(void)ue;
	return now / (10 * NS_PER_MS) % 2 ? -120 : -100;
}

// A provider's gains hold from grid instant to grid instant: the bits sent are the integral of the rate.
static void provided_gains_move_the_rate(void **state)
{
	(void)state;
	struct lab lab;
	int n_calls = 0;
	lab_init(&lab, 1, GRANT_OWN_BAND, 0);
	lab.config.gain_db = staircase;
	lab.config.gain_context = &n_calls;
	struct cell *cell = lab_cell(&lab);
	double noise = noise_w(THERMAL_NOISE_DBM_HZ, LAB_BAND_HZ, 0);
	double good = shannon_bps(LAB_BAND_HZ, snr_linear(0.2, -100, noise), 0),
	       bad = shannon_bps(LAB_BAND_HZ, snr_linear(0.2, -120, noise), 0);
	lab_fill(cell, 0, 30, 10000, 0);
	size_t n;
	double expected = 0, left = 30 * 80000;
	for (bool is_good = true; left > 0; is_good = !is_good) {
		double rate = is_good ? good : bad, part = fmin(rate / 100, left);
		left -= part;
		expected += part / rate * 1e9;
	}
	int64_t end_ns = run_dry(cell, &n);
	printf("good %.3g, bad %.3g bit/s: end %lld, expected %.0f ns\n", good, bad, (long long)end_ns,
	       expected);
	assert_true(fabs((double)end_ns - expected) <= 1);
	int before = n_calls;
	cell_advance(cell, 1000 * NS_PER_S); // nobody has anything to send
	assert_true(n_calls - before <= 1);
	cell_free(cell);
}

static double channel_gain_db(void *context, uint32_t ue, int64_t now)
{
	return radio_channel_gain_db(context, (int)ue, now);
}

// phy/channel.h as the provider, asked only where something waits: at any instant the cell has the gain of a
// twin that is asked every millisecond.
static void the_radio_channel_drives_the_cell(void **state)
{
	(void)state;
	enum { UES = 4, STEPS = 3000 };
	struct radio_channel_config config = RADIO_CHANNEL_DEFAULT;
	config.shadowing_sigma_db = 8;
	config.fading = (struct fading){.model = FADING_JAKES, .frequency_hz = 2e9};
	config.seed = lab_seed();
	struct mobility moving[UES];
	for (int i = 0; i < UES; i++)
		moving[i] = (struct mobility){.model = MOBILITY_RANDOM_WAYPOINT,
					      .start = {50.0 * (i + 1), 0, 1.5},
					      .min_x_m = -300,
					      .min_y_m = -300,
					      .max_x_m = 300,
					      .max_y_m = 300,
					      .min_speed_mps = 1,
					      .max_speed_mps = 20};
	struct radio_channel *channel, *twin;
	assert_int_equal(radio_channel_new(&channel, &config, moving, UES, NULL), 0);
	assert_int_equal(radio_channel_new(&twin, &config, moving, UES, NULL), 0);
	struct lab lab;
	lab_init(&lab, UES, GRANT_PROPORTIONAL, 0);
	lab.config.gain_db = channel_gain_db;
	lab.config.gain_context = channel;
	for (int dir = 0; dir < LINK_DIRS; dir++)
		lab.config.carrier[dir].rate = LINK_RATE_NR_DEFAULT;
	struct cell *cell = lab_cell(&lab);
	struct rng *rng = rng_new(config.seed, 1, RNG_TEST, 4);
	int64_t tick = 0;
	uint64_t n_sent = 0;
	for (int64_t now = 0, step = 0; step < STEPS; step++) {
		now += (int64_t)rng_exponential(rng, 5e6);
		for (; tick <= now / NS_PER_MS; tick++)
			for (int ue = 0; ue < UES; ue++)
				radio_channel_gain_db(twin, ue, tick * NS_PER_MS);
		uint32_t ue = (uint32_t)rng_below(rng, UES);
		cell_enqueue(cell, ue, LINK_UP, 1500, 0, now);
		struct cell_radio radio;
		assert_int_equal(cell_read_radio(cell, ue, LINK_UP, now, &radio), 0);
		assert_true(radio.gain_db == radio_channel_gain_db(twin, (int)ue, now));
		assert_true(isfinite(radio.rate_bps) && radio.rate_bps >= 0);
		n_sent += cell_dequeue(cell, now, out, 4096);
	}
	printf("%llu of %d packets sent\n", (unsigned long long)n_sent, STEPS);
	assert_true(n_sent > STEPS / 2);
	cell_free(cell);
	radio_channel_free(channel);
	radio_channel_free(twin);
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(equal_shares_are_w_over_k),
	    cmocka_unit_test(equal_shares_follow_arrivals),
	    cmocka_unit_test(round_robin_goes_round),
	    cmocka_unit_test(round_robin_shares_time),
	    cmocka_unit_test(the_rest_of_a_turn_is_passed_on),
	    cmocka_unit_test(max_rate_serves_the_best),
	    cmocka_unit_test(priority_preempts_at_the_border),
	    cmocka_unit_test(edf_meets_what_is_feasible),
	    cmocka_unit_test(own_bands_carry_shannons_rate),
	    cmocka_unit_test(grants_stay_within_the_band),
	    cmocka_unit_test(nothing_moves_without_signal_or_band),
	    cmocka_unit_test(wrong_configurations_are_refused),
	    cmocka_unit_test(provided_gains_move_the_rate),
	    cmocka_unit_test(the_radio_channel_drives_the_cell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
