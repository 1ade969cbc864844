// SPDX-License-Identifier: BSD-3-Clause
// The laws by which bench_precision judges: closed forms for trains of equal packets, a bucket against a
// direct count of what any interval may carry, and rates over windows.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/bench/precision/law.h"

#define N 400

static struct crossing train[N];
static double errors[N];

static void assert_near(double value, double expected, double tolerance)
{
	if (!(fabs(value - expected) <= tolerance))
		fail_msg("%.9g instead of %.9g", value, expected);
}

// n packets of 1000 bytes that arrive together and leave at 0.
static void arrive_together(size_t n)
{
	for (size_t i = 0; i < n; i++)
		train[i] = (struct crossing){.bytes = 1000};
}

static void link_sends_a_train_back_to_back(void **state)
{
	(void)state;
	const struct law law = {
	    .kind = LAW_LINK, .rate_bps = 8e6, .delay_ns = 5 * NS_PER_MS}; // 1 ms a packet
	arrive_together(N);
	law_errors(&law, train, N, errors);
	for (size_t i = 0; i < N; i++)
		assert_near(-errors[i], 5e3 + 1e3 * (double)(i + 1), 1e-3);
}

static void tbf_lets_its_burst_pass_and_then_keeps_the_rate(void **state)
{
	(void)state;
	const struct law law = {.kind = LAW_BUCKET, .rate_bps = 8e6, .burst_bytes = 3000};
	arrive_together(N);
	law_errors(&law, train, N, errors);
	for (size_t i = 0; i < N; i++)
		assert_near(-errors[i], i < 3 ? 0 : 1e3 * (double)(i - 2), 1e-3);
}

static void htb_lets_one_packet_more_pass(void **state)
{
	(void)state;
	const struct law law = {.kind = LAW_BUCKET_DEBT, .rate_bps = 8e6, .burst_bytes = 2500};
	arrive_together(N);
	law_errors(&law, train, N, errors);
	for (size_t i = 0; i < N; i++) // debt of 500 after the third: the fourth waits half a millisecond
		assert_near(-errors[i], i < 3 ? 0 : 500 + 1e3 * (double)(i - 3), 1e-3);
}

// Any interval between two departures carries at most burst + rate x its length, and each packet leaves at
// its arrival, behind the one before it, or at an instant that makes one such interval full.
static void tbf_never_carries_more_than_its_law(void **state)
{
	(void)state;
	const struct law law = {.kind = LAW_BUCKET, .rate_bps = 20e6, .burst_bytes = 4000};
	const double bytes_a_us = law.rate_bps / 8e6;
	struct rng *rng = rng_new(7, 0, RNG_TEST, 0);
	double out[N], t = 0;
	print_message("seed 7\n");
	for (size_t i = 0; i < N; i++) {
		t += rng_exponential(rng, 400e3);
		train[i] =
		    (struct crossing){.in_ns = (int64_t)t, .bytes = 64 + (uint32_t)rng_below(rng, 1451)};
		train[i].out_ns = train[i].in_ns;
	}
	law_errors(&law, train, N, errors); // out = in: the error is minus the wait
	for (size_t i = 0; i < N; i++)
		out[i] = (double)(train[i].in_ns - train[0].in_ns) / 1e3 - errors[i];
	for (size_t i = 0; i < N; i++) {
		bool full = false;
		double bytes = 0;
		for (size_t j = i + 1; j-- > 0;) {
			bytes += train[j].bytes;
			double room = law.burst_bytes + bytes_a_us * (out[i] - out[j]) - bytes;
			assert_true(room > -1e-3);
			full |= room < 1e-3;
		}
		bool behind = i > 0 && fabs(out[i] - out[i - 1]) < 1e-6;
		assert_true(full || behind || fabs(errors[i]) < 1e-6);
	}
	rng_free(rng);
}

static void a_rate_counts_whole_packets(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++) // 3 ms a packet, 1 % faster than 1000 bytes / 3.03 ms
		train[i] = (struct crossing){.out_ns = i * 3 * NS_PER_MS, .bytes = 1000};
	struct rate_error r = rate_errors(train, N, 8e6 / 3.03, 100 * NS_PER_MS, 0);
	assert_int_equal(r.windows, 399 / 34); // 34 x 3 ms is the first at or above 100 ms
	assert_int_equal(r.packets, 34 * r.windows);
	assert_near(r.worst, 0.01, 1e-9);
	train[100].bytes = 500; // one window is short of half a packet in 34
	r = rate_errors(train, N, 8e6 / 3, 100 * NS_PER_MS, 0);
	assert_near(r.worst, -.5 / 34, 1e-9);
	assert_int_equal(rate_errors(train, N, 8e6, 10 * NS_PER_S, 0).windows, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(link_sends_a_train_back_to_back),
	    cmocka_unit_test(tbf_lets_its_burst_pass_and_then_keeps_the_rate),
	    cmocka_unit_test(htb_lets_one_packet_more_pass),
	    cmocka_unit_test(tbf_never_carries_more_than_its_law),
	    cmocka_unit_test(a_rate_counts_whole_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
