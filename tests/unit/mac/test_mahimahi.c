// SPDX-License-Identifier: BSD-3-Clause
// A cell's delivery traces beside an independent model of mahimahi's link shell, in whole milliseconds and
// bytes of IP packets: isolated full-size packets, isolated small ones, backlogs, mixtures. Files named in
// AIRBATCH_MAHIMAHI (with ':' between them), such as mahimahi's own, are played beside drawn traces.
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "tests/unit/mac/cell_lab.h"

#define MOST 60000
#define MOST_MS 2000000

// ---- mahimahi, played plainly: time is whole milliseconds, packets are IP packets

struct shell {
	const uint32_t *trace; // [n] milliseconds
	size_t n;
	uint64_t next, base_ms; // the next opportunity; the beginning of its period
	unsigned in_transit;	// bytes left of the packet that has begun
	int head, tail;		// of the queue: indices of packets
	const unsigned *ip_bytes;
	uint32_t *left_ms; // [packets] when each was out
};

static uint64_t opportunity_ms(const struct shell *s)
{
	return s->base_ms + s->trace[s->next];
}

// Every opportunity up to now: 1504 bytes, of packets with the 4 bytes of a TUN device before each.
static void deliver_until(struct shell *s, uint64_t now_ms)
{
	while (opportunity_ms(s) <= now_ms) {
		uint64_t at_ms = opportunity_ms(s);
		if (++s->next == s->n) {
			s->next = 0;
			s->base_ms += s->trace[s->n - 1];
		}
		for (unsigned room = 1504; room > 0;) {
			if (s->in_transit == 0) {
				if (s->head == s->tail)
					break;
				s->in_transit = 4 + s->ip_bytes[s->head];
			}
			unsigned sent = s->in_transit < room ? s->in_transit : room;
			s->in_transit -= sent;
			room -= sent;
			if (s->in_transit == 0)
				s->left_ms[s->head++] = (uint32_t)at_ms;
		}
	}
}

static void play(struct shell *s, const int64_t *arrival_ns, int packets)
{
	for (s->tail = 0; s->tail < packets; s->tail++)
		deliver_until(s, (uint64_t)(arrival_ns[s->tail] / NS_PER_MS));
	while (s->head < packets)
		deliver_until(s, opportunity_ms(s));
}

// ---- the comparison

static struct link_packet out[MOST];
static int64_t arrival_ns[MOST];
static unsigned ip_bytes[MOST];
static uint32_t left_ms[MOST], drawn[MOST_MS];

static void compare(const struct delivery_trace *trace, int packets, const char *what)
{
	struct shell shell = {.trace = trace->ms, .n = trace->n, .ip_bytes = ip_bytes, .left_ms = left_ms};
	play(&shell, arrival_ns, packets);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 1e6);
	lab.ues[0].flow[LINK_UP].delivery = trace;
	struct cell *cell = lab_cell(&lab);
	cell_set_origin(cell, 0, 0);
	size_t n = 0;
	for (int i = 0; i < packets; i++)
		assert_int_equal(cell_enqueue(cell, 0, LINK_UP, 14 + ip_bytes[i], (uint64_t)i, arrival_ns[i]),
				 0);
	for (int64_t at; (at = cell_next_event(cell)) != TIME_NEVER && n < (size_t)packets;)
		n += cell_dequeue(cell, at, &out[n], MOST - n);
	assert_int_equal(n, packets);
	double delay_ms = 0;
	for (int i = 0; i < packets; i++) {
		delay_ms += (double)(left_ms[i] * NS_PER_MS - arrival_ns[i]) / 1e6;
		if (out[i].end_ns != left_ms[i] * NS_PER_MS)
			fail_msg("%s: packet %d of %u bytes leaves at %.6f ms, mahimahi's at %u ms", what, i,
				 ip_bytes[i], (double)out[i].end_ns / 1e6, left_ms[i]);
	}
	print_message("  %-28s %5d packets, mean delay %9.3f ms\n", what, packets, delay_ms / packets);
	cell_free(cell);
}

static void fill(struct rng *rng, int packets, double gap_ms, unsigned least_bytes, unsigned most_bytes)
{
	double at_ms = 0;
	for (int i = 0; i < packets; i++) {
		at_ms += gap_ms * 2 * rng_uniform(rng, 0, 1);
		arrival_ns[i] = (int64_t)(at_ms * 1e6);
		ip_bytes[i] = least_bytes + (unsigned)rng_below(rng, most_bytes - least_bytes + 1);
	}
}

static void compare_all(const struct delivery_trace *trace, struct rng *rng)
{
	fill(rng, 1000, 400, 1500, 1500);
	compare(trace, 1000, "isolated, full-size");
	fill(rng, 1000, 400, 40, 200);
	compare(trace, 1000, "isolated, small");
	fill(rng, 5000, 0, 1500, 1500);
	compare(trace, 5000, "backlog, full-size");
	fill(rng, 20000, 0, 40, 200);
	compare(trace, 20000, "backlog, small");
	fill(rng, 20000, 3, 28, 1500);
	compare(trace, 20000, "mixed");
}

// One opportunity, one packet: a full-size packet takes one, never a part of the next.
static void a_full_size_packet_is_one_opportunity(void **state)
{
	(void)state;
	uint32_t ms[] = {10, 500, 1000};
	const struct delivery_trace trace = {.time.end = TRACE_LOOP, .n = 3, .ms = ms};
	arrival_ns[0] = NS_PER_MS;
	ip_bytes[0] = 1500;
	compare(&trace, 1, "one packet");
	assert_int_equal(out[0].end_ns, 10 * NS_PER_MS);
}

static void drawn_traces_are_played_as_mahimahi_does(void **state)
{
	(void)state;
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TRAFFIC, 7);
	for (int repetition = 0; repetition < 5; repetition++) {
		size_t n = 0;
		for (uint32_t at = 0; n < 20000;) {
			// A burst of one millisecond, then mostly the next, now and then an outage.
			for (uint64_t k = 1 + rng_below(rng, 4); k > 0 && n < 20000; k--)
				drawn[n++] = at;
			at += rng_below(rng, 500) ? 1 + (uint32_t)rng_below(rng, 3)
						  : 1 + (uint32_t)rng_below(rng, 4000);
		}
		const struct delivery_trace trace = {.time.end = TRACE_LOOP, .n = n, .ms = drawn};
		compare_all(&trace, rng);
	}
	rng_free(rng);
}

static void files_are_played_as_mahimahi_does(void **state)
{
	(void)state;
	const char *paths = getenv("AIRBATCH_MAHIMAHI");
	if (!paths)
		skip();
	char *copy = strdup(paths), *rest = copy;
	struct rng *rng = rng_new(lab_seed(), 1, RNG_TRAFFIC, 8);
	for (const char *path; (path = strsep(&rest, ":"));) {
		struct delivery_trace trace;
		struct err err;
		const struct trace_time time = {.end = TRACE_LOOP};
		if (delivery_trace_load(&trace, path, &time, &err) < 0)
			fail_msg("%s", err.text);
		print_message("%s\n", path);
		compare_all(&trace, rng);
		delivery_trace_free(&trace);
	}
	rng_free(rng);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_size_packet_is_one_opportunity),
	    cmocka_unit_test(drawn_traces_are_played_as_mahimahi_does),
	    cmocka_unit_test(files_are_played_as_mahimahi_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
