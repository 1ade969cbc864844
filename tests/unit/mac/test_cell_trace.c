// SPDX-License-Identifier: BSD-3-Clause
// Flows that follow recorded links: closed forms, mahimahi's rule played plainly, and late callers.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/unit/mac/cell_lab.h"

#define MOST 8192
#define OPPORTUNITY_BITS (8. * 1504)
// A frame has 14 bytes before its IP packet, mahimahi's TUN device 4.
#define FRAME_OF(tun_bytes) ((tun_bytes) + 10)
#define FULL_FRAME_BITS (8. * 1514)

static struct link_packet out[MOST], late[MOST];

// A trace in memory: the loaders are tested beside them.
static struct delivery_trace every(uint32_t *ms, size_t n, uint32_t step_ms, enum trace_end end)
{
	for (size_t i = 0; i < n; i++)
		ms[i] = (uint32_t)(i + 1) * step_ms;
	return (struct delivery_trace){.time.end = end, .n = n, .ms = ms};
}

static size_t run_until(struct cell *cell, int64_t end_ns, struct link_packet *packets)
{
	size_t n = 0;
	for (int64_t at; (at = cell_next_event(cell)) <= end_ns;)
		n += cell_dequeue(cell, at, &packets[n], MOST - n);
	return n;
}

// One opportunity each millisecond against a link of the same rate, packet by packet: a packet leaves at most
// one opportunity after the link's last bit (which must wait for it), or before it (which comes at once).
static void a_steady_trace_is_a_link_within_one_opportunity(void **state)
{
	(void)state;
	uint32_t ms[100];
	struct delivery_trace trace = every(ms, 100, 1, TRACE_LOOP);
	struct lab lab;
	lab_init(&lab, 2, GRANT_OWN_BAND, OPPORTUNITY_BITS * 1000);
	lab.ues[0].flow[LINK_UP].delivery = &trace;
	lab.ues[0].flow[LINK_UP].delay_ns = lab.ues[1].flow[LINK_UP].delay_ns = 2 * NS_PER_MS;
	struct cell *cell = lab_cell(&lab);
	cell_set_origin(cell, 0, 0);
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TRAFFIC, 0);
	int64_t now = 0;
	for (uint64_t i = 0; i < 3000; i++) {
		uint32_t bytes = 60 + (uint32_t)(rng_uniform(rng, 0, 1) * 1454);
		// Half a second's backlog, then pauses: what an idle link does not use is lost to both.
		now += i < 1000 ? 0 : (int64_t)(rng_uniform(rng, 0, 1) * 2e6);
		assert_int_equal(cell_enqueue(cell, 0, LINK_UP, FRAME_OF(bytes), i, now), 0);
		assert_int_equal(cell_enqueue(cell, 1, LINK_UP, bytes, i, now), 0);
	}
	int64_t end_ns[2][3000];
	size_t n = run_until(cell, 100 * NS_PER_S, out);
	assert_int_equal(n, 6000);
	for (size_t i = 0; i < n; i++)
		end_ns[out[i].ue][out[i].cookie] = out[i].end_ns;
	for (int i = 0; i < 3000; i++) {
		long long behind_ns = end_ns[0][i] - end_ns[1][i];
		assert_int_equal(end_ns[0][i] % NS_PER_MS, 0);
		assert_true(llabs(behind_ns) <= NS_PER_MS);
	}
	// The thousand of the backlog have used every opportunity from 1 ms on to the last bit.
	double bits = 0;
	for (size_t i = 0; i < n; i++)
		if (out[i].ue == 0 && out[i].cookie < 1000) {
			bits += 8. * (out[i].bytes - 10);
			assert_int_equal(out[i].end_ns,
					 (int64_t)ceil(bits / OPPORTUNITY_BITS - 1e-9) * NS_PER_MS);
		}
	rng_free(rng);
	cell_free(cell);
}

// mahimahi's rule (src/packet/link_queue.cc, in words): at each opportunity 1504 bytes of credit, packets in
// order, a rest of credit is kept for the next packet of the same opportunity only.
static void play_plainly(const struct delivery_trace *trace, const int64_t *arrival_ns, const uint32_t *bytes,
			 int n, int64_t *end_ns)
{
	int head = 0;
	double left = 8. * bytes[0];
	for (uint64_t k = 0; head < n; k++) {
		int64_t at_ns = delivery_trace_ns(trace, k);
		double credit = OPPORTUNITY_BITS;
		while (head < n && arrival_ns[head] < at_ns && credit > 0) {
			double sent = fmin(credit, left);
			credit -= sent;
			left -= sent;
			if (left > 0)
				break;
			end_ns[head++] = at_ns;
			left = head < n ? 8. * bytes[head] : 0;
		}
	}
}

enum { RANDOM_PACKETS = 400 };

struct random_case {
	uint32_t ms[300];
	struct delivery_trace trace;
	int64_t arrival_ns[RANDOM_PACKETS], end_ns[RANDOM_PACKETS];
	uint32_t bytes[RANDOM_PACKETS];
};

static void draw_case(struct random_case *c, struct rng *rng)
{
	uint32_t at = 0;
	for (size_t i = 0; i < 300; i++)
		c->ms[i] = at += (uint32_t)(rng_uniform(rng, 0, 1) * rng_uniform(rng, 0, 1) * 4);
	c->ms[299]++;
	enum trace_end end = rng_uniform(rng, 0, 1) < .5 ? TRACE_LOOP : TRACE_HOLD;
	c->trace = (struct delivery_trace){.time.end = end, .n = 300, .ms = c->ms};
	int64_t now = 0;
	for (int i = 0; i < RANDOM_PACKETS; i++) {
		// Often exactly at an opportunity's instant.
		double step_ms = rng_uniform(rng, 0, 1) < .3 ? floor(rng_uniform(rng, 0, 1) * 3)
							     : rng_uniform(rng, 0, 1) * 2;
		now += (int64_t)(step_ms * 1e6);
		c->arrival_ns[i] = now =
		    rng_uniform(rng, 0, 1) < .2 ? now / NS_PER_MS * NS_PER_MS + NS_PER_MS : now;
		c->bytes[i] = 40 + (uint32_t)(rng_uniform(rng, 0, 1) * 2000);
	}
}

static size_t drive(struct cell *cell, const struct random_case *c, int64_t origin_ns, int64_t late_ns,
		    struct link_packet *packets)
{
	size_t n = 0;
	for (uint64_t i = 0; i < RANDOM_PACKETS; i++) {
		int64_t now = origin_ns + c->arrival_ns[i];
		for (int64_t at; late_ns == 0 && (at = cell_next_event(cell)) < now;)
			n += cell_dequeue(cell, at, &packets[n], MOST - n);
		assert_int_equal(cell_enqueue(cell, 0, LINK_UP, FRAME_OF(c->bytes[i]), i, now), 0);
	}
	for (int64_t at; (at = cell_next_event(cell)) != TIME_NEVER;)
		n += cell_dequeue(cell, at + late_ns, &packets[n], MOST - n);
	return n;
}

static void random_traces_are_played_as_mahimahi_does(void **state)
{
	(void)state;
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TRAFFIC, 1);
	for (int repetition = 0; repetition < 200; repetition++) {
		struct random_case c;
		draw_case(&c, rng);
		play_plainly(&c.trace, c.arrival_ns, c.bytes, RANDOM_PACKETS, c.end_ns);
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, 1e6);
		lab.ues[0].flow[LINK_UP].delivery = &c.trace;
		int64_t origin_ns = repetition * 123456789LL;
		struct cell *cell = lab_cell(&lab);
		cell_set_origin(cell, origin_ns, 0);
		assert_int_equal(drive(cell, &c, origin_ns, 0, out), RANDOM_PACKETS);
		int64_t airtime_ns = lab_counters(cell, 0, LINK_UP, 1000 * NS_PER_S).airtime_ns;
		assert_true(airtime_ns > 0 && airtime_ns <= out[RANDOM_PACKETS - 1].end_ns - origin_ns);
		cell_free(cell);
		cell = lab_cell(&lab);
		cell_set_origin(cell, origin_ns, 0);
		assert_int_equal(drive(cell, &c, origin_ns, 777 * NS_PER_MS, late), RANDOM_PACKETS);
		for (size_t i = 0; i < RANDOM_PACKETS; i++) {
			assert_int_equal(out[i].cookie, i);
			assert_int_equal(out[i].end_ns, origin_ns + c.end_ns[i]);
			assert_memory_equal(&out[i], &late[i], sizeof(out[i]));
		}
		cell_free(cell);
	}
	rng_free(rng);
}

// Opportunities of one millisecond share it; half an opportunity costs half.
static void airtime_is_the_part_of_the_millisecond(void **state)
{
	(void)state;
	uint32_t ms[] = {1, 1, 1, 1, 2, 10};
	struct delivery_trace trace = {.time.end = TRACE_STOP, .n = 6, .ms = ms};
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 1e6);
	lab.ues[0].flow[LINK_UP].delivery = &trace;
	struct cell *cell = lab_cell(&lab);
	cell_set_origin(cell, 0, 0);
	lab_fill(cell, 0, 4, FRAME_OF(1504), 0);
	lab_fill(cell, 0, 1, FRAME_OF(752), NS_PER_MS);
	assert_int_equal(lab_counters(cell, 0, LINK_UP, NS_PER_MS).airtime_ns, NS_PER_MS);
	assert_int_equal(lab_counters(cell, 0, LINK_UP, 9 * NS_PER_MS).airtime_ns, 3 * NS_PER_MS / 2);
	// The trace stops after its sixth: what comes now stays.
	lab_fill(cell, 0, 2, FRAME_OF(1504), 9 * NS_PER_MS);
	assert_int_equal(run_until(cell, NS_PER_S, out), 6);
	assert_int_equal(cell_next_event(cell), TIME_NEVER);
	assert_int_equal(lab_counters(cell, 0, LINK_UP, NS_PER_S).queue_packets, 1);
	struct cell_radio radio;
	cell_read_radio(cell, 0, LINK_UP, NS_PER_S / 2, &radio);
	assert_true(radio.rate_bps == 6 * FULL_FRAME_BITS);
	cell_read_radio(cell, 0, LINK_UP, 3 * NS_PER_S, &radio);
	assert_true(radio.rate_bps == 0);
	cell_free(cell);
}

// Before the origin the trace's mean rate carries what there is.
static void before_the_origin_the_mean_rate_holds(void **state)
{
	(void)state;
	uint32_t ms[10];
	struct delivery_trace trace = every(ms, 10, 100, TRACE_LOOP);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 1e6);
	lab.ues[0].flow[LINK_UP].delivery = &trace;
	struct cell *cell = lab_cell(&lab);
	lab_fill(cell, 0, 2, DELIVERY_FRAME_BYTES, 0); // 100 ms each
	cell_set_origin(cell, 150 * NS_PER_MS, 10 * NS_PER_MS);
	assert_int_equal(run_until(cell, NS_PER_S, out), 2);
	assert_int_equal(out[0].end_ns, 100 * NS_PER_MS);
	assert_int_equal(out[1].end_ns, 250 * NS_PER_MS); // the first opportunity takes the second half
	cell_free(cell);
}

static struct link_trace rows_of(struct link_state *row, int64_t *until_ns, size_t n, enum trace_end end)
{
	return (struct link_trace){
	    .time.end = end, .has_jitter = true, .n = n, .until_ns = until_ns, .state = row};
}

// 8 kbit packets all at 0: 1 Mbit/s and 5 ms until 10.5 ms, then 2 Mbit/s and 1 ms. The packet under way at
// the step has half its bits left, at twice the rate; and its deliveries wait for those before.
static void a_step_is_met_inside_a_packet(void **state)
{
	(void)state;
	struct link_state row[] = {{.rate_bps = 1e6, .latency_ns = 5 * NS_PER_MS},
				   {.rate_bps = 2e6, .latency_ns = NS_PER_MS}};
	int64_t until_ns[] = {21 * NS_PER_MS / 2, 40 * NS_PER_MS};
	static const enum grant_strategy strategies[] = {GRANT_OWN_BAND, GRANT_EQUAL_SHARE};
	for (int s = 0; s < 2; s++) {
		struct link_trace trace = rows_of(row, until_ns, 2, TRACE_HOLD);
		struct lab lab;
		lab_init(&lab, 1, strategies[s], 77e6);
		lab.ues[0].flow[LINK_UP].trace = &trace;
		struct cell *cell = lab_cell(&lab);
		cell_set_origin(cell, 0, 0);
		lab_fill(cell, 0, 20, 1000 / 8 * 8, 0); // 8 ms each at first
		assert_int_equal(run_until(cell, NS_PER_S, out), 20);
		assert_int_equal(out[0].end_ns, 8 * NS_PER_MS);
		assert_int_equal(out[0].deliver_ns, 13 * NS_PER_MS);
		// 5.5 of 8 ms left at the step, in half the time.
		assert_int_equal(out[1].end_ns, 21 * NS_PER_MS / 2 + 11 * NS_PER_MS / 4);
		assert_int_equal(out[1].deliver_ns, out[1].end_ns + NS_PER_MS);
		for (int i = 2; i < 20; i++)
			assert_int_equal(out[i].end_ns, out[1].end_ns + (i - 1) * 4 * NS_PER_MS);
		cell_free(cell);
	}
}

// Small packets around a fall of the delay: none overtakes, and none waits longer than for the one before.
static void order_is_kept_where_the_delay_falls(void **state)
{
	(void)state;
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 8e6); // 1000 bytes a millisecond
	lab.ues[0].flow[LINK_UP].delay_ns = 20 * NS_PER_MS;
	struct cell *cell = lab_cell(&lab);
	struct err err;
	lab_fill(cell, 0, 10, 1000, 0);
	assert_int_equal(cell_set_delay(cell, 0, LINK_UP, NS_PER_MS, 5 * NS_PER_MS, &err), 0);
	assert_int_equal(run_until(cell, NS_PER_S, out), 10);
	for (int i = 0; i < 10; i++)
		assert_int_equal(out[i].deliver_ns, (i < 5 ? i + 21 : 25) * NS_PER_MS);
	assert_int_equal(cell_set_delay(cell, 0, LINK_UP, -1, NS_PER_S, &err), -EINVAL);
	assert_int_equal(cell_set_delay(cell, 0, LINK_UP, LINK_MAX_DELAY_NS + 1, NS_PER_S, &err), -EINVAL);
	assert_int_equal(cell_set_delay(cell, 1, LINK_UP, 0, NS_PER_S, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no UE 1"));
	cell_free(cell);
}

// Rows of 100 ms: everything lost, nothing lost; two packets of room. And back to the radio where its word
// stands.
static void loss_limit_and_radio_follow_the_rows(void **state)
{
	(void)state;
	struct link_state row[] = {{.rate_bps = 8e6, .loss = 1}, {.of_radio = true, .limit = 2}};
	int64_t until_ns[] = {100 * NS_PER_MS, 200 * NS_PER_MS};
	struct link_trace trace = rows_of(row, until_ns, 2, TRACE_LOOP);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 80e6);
	lab.ues[0].flow[LINK_UP].trace = &trace;
	struct cell *cell = lab_cell(&lab);
	cell_set_origin(cell, 0, 0);
	lab_fill(cell, 0, 10, 1000, 0);
	assert_int_equal(run_until(cell, 99 * NS_PER_MS, out), 10);
	for (int i = 0; i < 10; i++)
		assert_int_equal(out[i].fate, LINK_LOST);
	lab_fill(cell, 0, 2, 1000, 150 * NS_PER_MS);
	assert_int_equal(cell_enqueue(cell, 0, LINK_UP, 1000, 2, 150 * NS_PER_MS), -ENOBUFS);
	assert_int_equal(run_until(cell, 199 * NS_PER_MS, out), 2);
	assert_int_equal(out[1].fate, LINK_DELIVERED);
	assert_int_equal(out[1].end_ns, 150 * NS_PER_MS + 2 * NS_PER_MS / 10);
	lab_fill(cell, 0, 5, 1000, 2000 * NS_PER_MS); // the loop's tenth period, first row
	assert_int_equal(run_until(cell, 3 * NS_PER_S, out), 5);
	assert_int_equal(out[4].fate, LINK_LOST);
	assert_int_equal(out[4].end_ns, 2005 * NS_PER_MS);
	cell_free(cell);
}

// 8 Mbit/s, an outage, no limit, the radio, 100 ms each, in a loop: a backlog of 1000-byte packets is sent at
// 1 ms each, stands still inside a packet, goes out at once, and what comes later goes at the radio's 80
// Mbit/s. Whoever shares the band.
static void an_outage_stops_and_no_limit_is_none(void **state)
{
	(void)state;
	struct link_state row[] = {
	    {.rate_bps = 8e6}, {.rate_bps = 0}, {.rate_bps = INFINITY}, {.of_radio = true}};
	int64_t until_ns[] = {1005 * NS_PER_MS / 10, 200 * NS_PER_MS, 300 * NS_PER_MS, 400 * NS_PER_MS};
	static const enum grant_strategy strategies[] = {GRANT_OWN_BAND, GRANT_EQUAL_SHARE};
	for (int s = 0; s < 2; s++) {
		struct link_trace trace = rows_of(row, until_ns, 4, TRACE_LOOP);
		struct lab lab;
		lab_init(&lab, 1, strategies[s], 80e6);
		lab.ues[0].flow[LINK_UP].trace = &trace;
		struct cell *cell = lab_cell(&lab);
		cell_set_origin(cell, 0, 0);
		lab_fill(cell, 0, 200, 1000, 0);
		struct cell_radio radio;
		cell_read_radio(cell, 0, LINK_UP, 150 * NS_PER_MS, &radio);
		assert_true(radio.rate_bps == 0);
		cell_read_radio(cell, 0, LINK_UP, 250 * NS_PER_MS, &radio);
		assert_true(radio.rate_bps == LINK_MAX_RATE_BPS);
		assert_int_equal(run_until(cell, 299 * NS_PER_MS, out), 200);
		for (int i = 0; i < 200; i++) {
			int64_t at_ns = i < 100 ? (i + 1) * NS_PER_MS : 200 * NS_PER_MS;
			assert_in_range(out[i].end_ns, at_ns, at_ns + (i < 100 ? 0 : 1000));
		}
		lab_fill(cell, 0, 1, 1000, 350 * NS_PER_MS);
		assert_int_equal(run_until(cell, 399 * NS_PER_MS, out), 1);
		assert_int_equal(out[0].end_ns, 350 * NS_PER_MS + NS_PER_MS / 10);
		cell_free(cell);
	}
}

// UEs connect before the origin: a trace that begins with an outage, or loses everything, stands at its first
// row that passes, or at the radio where none does.
static void before_the_origin_something_passes(void **state)
{
	(void)state;
	struct link_state rows[][2] = {{{.rate_bps = 0}, {.rate_bps = 8e6}},
				       {{.rate_bps = 1e6, .loss = 1}, {.rate_bps = 8e6}},
				       {{.rate_bps = 0}, {.rate_bps = 1e6, .loss = 1}}};
	static const int64_t air_ns[] = {NS_PER_MS, NS_PER_MS, NS_PER_MS / 10};
	for (int i = 0; i < 3; i++) {
		int64_t until_ns[] = {NS_PER_S, 2 * NS_PER_S};
		struct link_trace trace = rows_of(rows[i], until_ns, 2, TRACE_HOLD);
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, 80e6);
		lab.ues[0].flow[LINK_UP].trace = &trace;
		struct cell *cell = lab_cell(&lab);
		lab_fill(cell, 0, 1, 1000, 0);
		cell_set_origin(cell, NS_PER_S, 0);
		assert_int_equal(run_until(cell, NS_PER_S, out), 1);
		assert_int_equal(out[0].fate, LINK_DELIVERED);
		assert_int_equal(out[0].end_ns, air_ns[i]);
		cell_free(cell);
	}
}

// A latency of 20 +- 4 ms, packets 1 s apart: mean and deviation of some 4000.
// A packet a second: mean and deviation of its way in ms.
static void check_way(struct cell *cell, int first, double mean_ms, double deviation_ms)
{
	double sum = 0, squares = 0;
	const int n = 4000;
	for (int i = first; i < first + n; i++) {
		lab_fill(cell, 0, 1, 1000, i * NS_PER_S);
		assert_int_equal(run_until(cell, (i + 1) * NS_PER_S - 1, out), 1);
		double ms = (double)(out[0].deliver_ns - out[0].end_ns) / 1e6;
		sum += ms;
		squares += ms * ms;
	}
	double mean = sum / n, deviation = sqrt(squares / n - mean * mean);
	assert_true(fabs(mean - mean_ms) < 5 * 4 / sqrt(n));
	assert_true(fabs(deviation - deviation_ms) < 5 * 4 / sqrt(2. * n));
}

// Also after a loss or a delay that was set by hand.
static void jitter_is_around_the_latency(void **state)
{
	(void)state;
	struct link_state row = {.rate_bps = 1e9, .latency_ns = 20 * NS_PER_MS, .jitter_ns = 4 * NS_PER_MS};
	int64_t until_ns = NS_PER_S;
	struct link_trace trace = rows_of(&row, &until_ns, 1, TRACE_HOLD);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 1e6);
	lab.config.seed = lab_seed();
	lab.ues[0].flow[LINK_UP].trace = &trace;
	struct cell *cell = lab_cell(&lab);
	cell_set_origin(cell, 0, 0);
	check_way(cell, 0, 20, 4);
	const struct impairment_config lossless = {.random = 0};
	struct err err;
	assert_int_equal(cell_set_loss(cell, 0, LINK_UP, &lossless, 4000 * NS_PER_S, &err), 0);
	check_way(cell, 4000, 20, 4);
	assert_int_equal(cell_set_delay(cell, 0, LINK_UP, 50 * NS_PER_MS, 8000 * NS_PER_S, &err), 0);
	check_way(cell, 8000, 50, 4);
	cell_free(cell);
}

static void traces_that_do_not_fit_are_refused(void **state)
{
	(void)state;
	uint32_t ms[] = {1};
	struct delivery_trace delivery = {.n = 1, .ms = ms};
	struct link_state row = {.rate_bps = 1e6};
	int64_t until_ns = NS_PER_S;
	struct link_trace trace = rows_of(&row, &until_ns, 1, TRACE_HOLD);
	struct lab lab;
	struct err err;
	lab_init(&lab, 2, GRANT_EQUAL_SHARE, 1e6);
	lab.config.ues = lab.ues;
	lab.ues[1].flow[LINK_DOWN].delivery = &delivery;
	assert_null(cell_new(&lab.config, 0, &err));
	assert_non_null(strstr(err.text, "equal-share"));
	lab_init(&lab, 2, GRANT_OWN_BAND, 1e6);
	lab.config.ues = lab.ues;
	lab.ues[1].flow[LINK_DOWN].delivery = &delivery;
	lab.ues[1].flow[LINK_DOWN].trace = &trace;
	assert_null(cell_new(&lab.config, 0, &err));
	assert_non_null(strstr(err.text, "not both"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_steady_trace_is_a_link_within_one_opportunity),
	    cmocka_unit_test(random_traces_are_played_as_mahimahi_does),
	    cmocka_unit_test(airtime_is_the_part_of_the_millisecond),
	    cmocka_unit_test(before_the_origin_the_mean_rate_holds),
	    cmocka_unit_test(an_outage_stops_and_no_limit_is_none),
	    cmocka_unit_test(before_the_origin_something_passes),
	    cmocka_unit_test(a_step_is_met_inside_a_packet),
	    cmocka_unit_test(order_is_kept_where_the_delay_falls),
	    cmocka_unit_test(loss_limit_and_radio_follow_the_rows),
	    cmocka_unit_test(jitter_is_around_the_latency),
	    cmocka_unit_test(traces_that_do_not_fit_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
