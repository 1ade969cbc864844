// SPDX-License-Identifier: BSD-3-Clause
// The cell as a queue, against queueing theory (Kleinrock, Queueing Systems, 1975): Poisson arrivals through
// own bands (M/D/1, M/M/1) and through an equal share (M/G/1 processor sharing); and as a scheduler under
// fading, against multiuser diversity. Confidence by batch means, 99 %. AIRBATCH_SEED chooses the seed.
#include <math.h>

#include "base/clock.h"
#include "tests/unit/mac/cell_lab.h"

#define N 400000
#define BATCHES 20
#define T99_19 2.861 // Student's t, 19 degrees of freedom
#define RATE_BPS 8e6 // a byte a microsecond

struct estimate {
	double mean, half_width;
};

static struct estimate batch_means(const double *values, size_t n)
{
	double mean[BATCHES] = {0}, sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		mean[i * BATCHES / n] += values[i] * BATCHES / (double)n;
	for (int b = 0; b < BATCHES; b++)
		sum += mean[b] / BATCHES;
	for (int b = 0; b < BATCHES; b++)
		squares += (mean[b] - sum) * (mean[b] - sum);
	return (struct estimate){sum, T99_19 * sqrt(squares / (BATCHES - 1) / BATCHES)};
}

static void check(const char *what, double load, const double *values, double law)
{
	struct estimate e = batch_means(values, N);
	printf("%s load %.2f: %.1f us +- %.1f, law %.1f us, error %+.2f %% (n = %d)\n", what, load, e.mean,
	       e.half_width, law, 100 * (e.mean / law - 1), N);
	assert_true(fabs(e.mean - law) <= e.half_width);
	assert_true(fabs(e.mean / law - 1) < 0.1);
}

// Sizes of mean 1000 bytes: all equal, or exponential rounded up to whole bytes.
static uint32_t draw_bytes(struct rng *rng, bool exponential)
{
	return exponential ? (uint32_t)ceil(rng_exponential(rng, 999.5)) : 1000;
}

// Mean wait in queue by Pollaczek and Khinchine: load E[S^2] / (2 E[S] (1 - load)).
static void first_in_first_out(bool exponential, double load)
{
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TEST, 10);
	double *waits = calloc(N, sizeof(*waits)), sum = 0, squares = 0;
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, RATE_BPS);
	struct cell *cell = lab_cell(&lab);
	double at_ns = 0;
	size_t n = 0;
	for (int i = 0; i <= N; i++) {
		struct link_packet p;
		at_ns += rng_exponential(rng, 1e6 / load);
		while (n < N && cell_dequeue(cell, i < N ? (int64_t)at_ns : TIME_NEVER - 1, &p, 1))
			waits[n++] = (double)(p.start_ns - p.enqueued_ns) / 1e3;
		if (i == N)
			break;
		uint32_t bytes = draw_bytes(rng, exponential);
		sum += bytes;
		squares += (double)bytes * bytes;
		cell_enqueue(cell, 0, LINK_UP, bytes, 0, (int64_t)at_ns);
	}
	assert_int_equal(n, N);
	double mean = exponential ? 1000 : sum / N,
	       second = exponential ? 2 * 999.5 * 999.5 + 1000 : squares / N;
	double rho = load * mean / 1000;
	check(exponential ? "M/M/1 wait" : "M/D/1 wait", load, waits, rho * second / (2 * mean * (1 - rho)));
	cell_free(cell);
	free(waits);
	rng_free(rng);
}

static void md1_and_mm1_wait_as_they_should(void **state)
{
	(void)state;
	static const double loads[] = {0.3, 0.6, 0.8};
	for (int i = 0; i < 3; i++) {
		first_in_first_out(false, loads[i]);
		first_in_first_out(true, loads[i]);
	}
}

// Every packet to a UE that has none: processor sharing among packets. Mean time in the system
// E[S] / (1 - load), whatever the distribution of S.
static void processor_sharing(bool exponential, double load)
{
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TEST, 11);
	double *times = calloc(N, sizeof(*times)), at_ns = 0;
	bool busy[LAB_MAX_UES] = {false};
	struct lab lab;
	lab_init(&lab, LAB_MAX_UES, GRANT_EQUAL_SHARE, RATE_BPS);
	struct cell *cell = lab_cell(&lab);
	for (int i = 0; i <= N; i++) {
		struct link_packet p;
		at_ns += rng_exponential(rng, 1e6 / load);
		while (cell_dequeue(cell, i < N ? (int64_t)at_ns : TIME_NEVER - 1, &p, 1)) {
			times[p.cookie] = (double)(p.end_ns - p.enqueued_ns) / 1e3;
			busy[p.ue] = false;
		}
		if (i == N)
			break;
		uint32_t ue = 0;
		while (ue < LAB_MAX_UES && busy[ue])
			ue++;
		assert_true(ue < LAB_MAX_UES);
		busy[ue] = true;
		cell_enqueue(cell, ue, LINK_UP, draw_bytes(rng, exponential), (uint64_t)i, (int64_t)at_ns);
	}
	check(exponential ? "M/M/1-PS time" : "M/D/1-PS time", load, times, 1000 / (1 - load));
	cell_free(cell);
	free(times);
	rng_free(rng);
}

static void equal_shares_are_processor_sharing(void **state)
{
	(void)state;
	processor_sharing(false, 0.5);
	processor_sharing(true, 0.5);
	processor_sharing(false, 0.75);
	processor_sharing(true, 0.75);
}

// ---- fading: rates far below 1 bit/s/Hz, where Shannon's rate is proportional to the gain

#define FADING_UES 4
#define SLOTS 60000

struct fading {
	struct rng *rng[FADING_UES];
	double mean_db[FADING_UES];
};

static double rayleigh_db(void *context, uint32_t ue, int64_t now)
{
	struct fading *fading = context;
	(void)now;
	return fading->mean_db[ue] + 10 * log10(rng_exponential(fading->rng[ue], 1));
}

// Shares of the time and rates in a minute of saturated queues; rates in units of each UE's mean rate.
static void serve_fading(enum grant_strategy strategy, double step_db, double *time, double *rate)
{
	struct fading fading;
	struct lab lab;
	uint64_t seed = lab_seed();
	lab_init(&lab, FADING_UES, strategy, 0);
	lab.config.gain_db = rayleigh_db;
	lab.config.gain_context = &fading;
	double noise = noise_w(THERMAL_NOISE_DBM_HZ, LAB_BAND_HZ, 0);
	for (uint32_t ue = 0; ue < FADING_UES; ue++) {
		fading.rng[ue] = rng_new(seed, ue, RNG_FADING, 0);
		fading.mean_db[ue] = 10 * log10(0.002 * noise / 0.2) - step_db * ue;
	}
	struct cell *cell = lab_cell(&lab);
	for (uint32_t ue = 0; ue < FADING_UES; ue++)
		lab_fill(cell, ue, SLOTS, 20, 1);
	for (uint32_t ue = 0; ue < FADING_UES; ue++) {
		struct link_counters c = lab_counters(cell, ue, LINK_UP, SLOTS * NS_PER_MS);
		assert_true(c.queue_packets > 0);
		time[ue] = (double)c.airtime_ns / (SLOTS * NS_PER_MS);
		double mean_bps = shannon_bps(LAB_BAND_HZ, 0.002 * pow(10, -step_db * ue / 10), 0);
		rate[ue] = (double)c.bytes * 8 / ns_to_s(SLOTS * NS_PER_MS) / mean_bps;
		rng_free(fading.rng[ue]);
	}
	cell_free(cell);
}

// Equal fading statistics: proportional fair gives everyone 1/n of the time, at the best of n exponential
// draws, whose mean is H_n = 1 + 1/2 + .. + 1/n: rates H_n / n of the mean ones, so proportional to them.
static void proportional_fair_is_fair_in_proportion(void **state)
{
	(void)state;
	double time[FADING_UES], rate[FADING_UES], law = (1 + 1 / 2. + 1 / 3. + 1 / 4.) / 4;
	serve_fading(GRANT_PROPORTIONAL, 3, time, rate);
	for (int ue = 0; ue < FADING_UES; ue++) {
		printf(
		    "proportional fair, mean gain %3d dB: time %.4f (law 0.25), rate / mean rate %.4f (law "
		    "%.4f)\n",
		    -3 * ue, time[ue], rate[ue], law);
		assert_true(fabs(time[ue] - 0.25) < 0.01);
		assert_true(fabs(rate[ue] / law - 1) < 0.04);
	}
}

static void round_robin_misses_the_peaks(void **state)
{
	(void)state;
	double time[FADING_UES], rate[FADING_UES];
	serve_fading(GRANT_ROUND_ROBIN, 3, time, rate);
	for (int ue = 0; ue < FADING_UES; ue++) {
		assert_true(fabs(time[ue] - 0.25) < 1e-3);
		assert_true(fabs(rate[ue] / 0.25 - 1) < 0.04);
	}
}

// The sum of the rates is H_n mean rates with equal means: no strategy has more.
static void max_rate_takes_all_there_is(void **state)
{
	(void)state;
	double time[FADING_UES], rate[FADING_UES], sum = 0, law = 1 + 1 / 2. + 1 / 3. + 1 / 4.;
	serve_fading(GRANT_MAX_RATE, 0, time, rate);
	for (int ue = 0; ue < FADING_UES; ue++)
		sum += rate[ue];
	printf("maximum rate: %.4f mean rates, law %.4f\n", sum, law);
	assert_true(fabs(sum / law - 1) < 0.02);
	serve_fading(GRANT_MAX_RATE, 30, time, rate); // far apart: the near one alone
	assert_true(time[0] > 0.98);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(md1_and_mm1_wait_as_they_should),
	    cmocka_unit_test(equal_shares_are_processor_sharing),
	    cmocka_unit_test(proportional_fair_is_fair_in_proportion),
	    cmocka_unit_test(round_robin_misses_the_peaks),
	    cmocka_unit_test(max_rate_takes_all_there_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
