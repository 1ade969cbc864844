// SPDX-License-Identifier: BSD-3-Clause
// What is expected of a stream against what flows do to streams.
#include <math.h>

#include "base/clock.h"
#include "tests/unit/mac/cell_lab.h"

#define PACKET_BYTES 1500
#define RATE_BPS 12e6 // a packet a millisecond

enum { STREAM = 200, STREAMS = 300 };

static struct link_packet out[STREAM];

// The mean instant at which a stream of STREAM packets is through, and the packets lost on the way.
static double mean_end_s(const struct impairment_config *impairment, uint64_t seed, double *lost)
{
	double sum_s = 0;
	*lost = 0;
	for (uint64_t k = 0; k < STREAMS; k++) {
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, RATE_BPS);
		lab.config.seed = seed;
		lab.config.run = k;
		lab.ues[0].flow[LINK_UP].impairment = *impairment;
		struct cell *cell = lab_cell(&lab);
		lab_fill(cell, 0, STREAM, PACKET_BYTES, 0);
		size_t n = 0;
		for (int64_t at; (at = cell_next_event(cell)) != TIME_NEVER;)
			n += cell_dequeue(cell, at, &out[n], STREAM - n);
		assert_int_equal(n, STREAM);
		for (size_t i = 0; i < n; i++)
			*lost += out[i].fate == LINK_LOST;
		sum_s += ns_to_s(out[n - 1].deliver_ns);
		cell_free(cell);
	}
	return sum_s / STREAMS;
}

// A stream of n packets takes n T N and then the last one's lateness. The tolerance is five standard errors
// of the mean, the spread taken from the transmissions' (geometric) and the lateness' (at most m round
// trips).
static void harq_streams_take_what_is_expected(void **state)
{
	(void)state;
	static const struct {
		double bler, soft;
		uint32_t max;
		int64_t round_trip_ns;
	} cases[] = {{.1, 1, 3, 8 * NS_PER_MS}, {.3, 1, 4, 5 * NS_PER_MS},   {.5, .5, 3, 20 * NS_PER_MS},
		     {.1, 1, 0, 8 * NS_PER_MS}, {.02, 1, 8, 30 * NS_PER_MS}, {.2, 1, 3, 0}};
	uint64_t seed = lab_seed();
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		const struct impairment_config impairment = {
		    .harq = harq_fixed(cases[c].bler, cases[c].soft, cases[c].max, cases[c].round_trip_ns)};
		double lost, end_s = mean_end_s(&impairment, seed, &lost);
		struct goodput g = goodput_of(&impairment, RATE_BPS, 8 * PACKET_BYTES);
		double arrived = STREAM - lost / STREAMS;
		double expected_s = 8 * PACKET_BYTES * arrived / g.bps + g.stream_late_s;
		double spread_s = 1e-3 * sqrt(STREAM * cases[c].bler) + 1.5 * ns_to_s(cases[c].round_trip_ns);
		printf("  bler %g, %u retransmissions: %.3f ms expected, %.3f ms\n", cases[c].bler,
		       cases[c].max, 1e3 * expected_s, 1e3 * end_s);
		assert_true(fabs(end_s - expected_s) < 5 * spread_s / sqrt(STREAMS) + 1e-9);
	}
}

static void losses_multiply(void **state)
{
	(void)state;
	struct impairment_config i = {.random = .1, .bursts = {.p = .01, .r = .09, .bad_loss = .5}};
	assert_true(fabs(goodput_of(&i, 1e6, 12000).bps / (1e6 * .9 * .95) - 1) < 1e-12);
	i.harq = harq_fixed(.5, 1, 1, NS_PER_MS); // 1.5 transmissions, a quarter fails for good
	assert_true(fabs(goodput_of(&i, 1e6, 12000).bps / (1e6 * .9 * .95 * .75 / 1.5) - 1) < 1e-12);
	assert_true(goodput_of(&i, 0, 12000).bps == 0 && goodput_of(&i, 0, 12000).stream_late_s == 0);
	i.harq = harq_fixed(1, 1, HARQ_MAX_RETRANSMISSIONS, NS_PER_MS);
	struct goodput g = goodput_of(&i, 1e6, 12000); // nothing arrives: 0, and no NaN
	assert_true(g.bps == 0 && isfinite(g.stream_late_s));
}

// A lone packet, far from any other: N - 1 round trips on average, the sum of P(N > k).
static void a_lone_packet_is_late_by_the_mean(void **state)
{
	(void)state;
	const struct impairment_config i = {.harq = harq_fixed(.3, 1, 3, NS_PER_MS)};
	struct goodput g = goodput_of(&i, 1e3, 1e6); // 1000 s a packet: a stream of lone ones
	assert_true(fabs(g.lone_late_s - 1e-3 * (.3 + .09 + .027)) < 1e-12);
	assert_true(fabs(g.stream_late_s - g.lone_late_s) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(harq_streams_take_what_is_expected),
	    cmocka_unit_test(losses_multiply),
	    cmocka_unit_test(a_lone_packet_is_late_by_the_mean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
