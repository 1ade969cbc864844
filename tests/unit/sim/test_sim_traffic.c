// SPDX-License-Identifier: BSD-3-Clause
// UDP in virtual time against closed forms, to the nanosecond.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/unit/sim/sim_star.h"

#define MOST_UES 16

// What the tap has seen of each UE.
struct seen {
	int64_t rate_bps, delay_ns, interval_numerator, interval_denominator; // the interval in ns
	int frame_bytes;
	bool backlogged;
	struct {
		uint64_t received;
		int64_t first_sent_ns, first_start_ns, last_ns;
		uint64_t first, last; // sequence numbers
	} ue[MOST_UES];
};

// 8 B 1e9 / R nanoseconds for k packets of B bytes, rounded up as mac/link.c says: what is less than 2^-20 ns
// past a whole nanosecond counts as that nanosecond. In integers: ceil(a / b - 2^-20).
static int64_t airtime_ns(const struct seen *s, uint64_t k)
{
	const __int128 one = 1 << 20, b = s->rate_bps;
	__int128 a = (__int128)8000000000 * s->frame_bytes * (int64_t)k;
	return (int64_t)((a * one - b + b * one - 1) / (b * one));
}

static void check_departure(const struct seen *s, uint64_t k, int64_t since_first_ns)
{
	// Both ends are whole nanoseconds: the exact distance k * interval is off by less than one.
	__int128 exact = (__int128)s->interval_numerator * (int64_t)k,
		 got = (__int128)since_first_ns * s->interval_denominator;
	__int128 off = got - exact;
	assert_true(off < s->interval_denominator && off > -s->interval_denominator);
}

static void see(uint64_t sequence, const struct link_packet *p, void *user)
{
	struct seen *s = user;
	assert_int_equal(p->bytes, s->frame_bytes);
	if (s->ue[p->ue].received == 0) {
		assert_int_equal(sequence, 0);
		s->ue[p->ue].first_sent_ns = p->enqueued_ns;
		s->ue[p->ue].first_start_ns = p->start_ns;
		assert_int_equal(p->start_ns, p->enqueued_ns); // an idle link
	}
	check_departure(s, sequence, p->enqueued_ns - s->ue[p->ue].first_sent_ns);
	uint64_t k = s->ue[p->ue].received++;
	if (s->backlogged) // the link never rests: packet k is through after k + 1 transmissions
		assert_int_equal(p->deliver_ns,
				 s->ue[p->ue].first_start_ns + airtime_ns(s, k + 1) + s->delay_ns);
	else // spaced: each finds an idle link
		assert_int_equal(p->deliver_ns - p->enqueued_ns, airtime_ns(s, 1) + s->delay_ns);
	assert_true(k == 0 || sequence > s->ue[p->ue].last); // first in, first out
	assert_true(p->deliver_ns >= s->ue[p->ue].last_ns);
	s->ue[p->ue].last = sequence;
	s->ue[p->ue].last_ns = p->deliver_ns;
}

// The last row of links.csv that is the UE's: up_queue_bytes, up_packets, up_drops.
static void last_counters(const struct star *star, int ue, unsigned long long *queue,
			  unsigned long long *sent, unsigned long long *drops)
{
	size_t size;
	char *text = star_read(star, "links.csv", &size);
	assert_non_null(text);
	bool found = false;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		int of;
		unsigned long long q, p, d;
		if (sscanf(line, "%*f,%d,%*f,%*f,%*f,%*f,%*f,%llu,%*u,%*u,%*u,%llu,%*u,%llu", &of, &q, &p,
			   &d) != 4 ||
		    of != ue + 1)
			continue;
		found = true;
		*queue = q;
		*sent = p;
		*drops = d;
	}
	free(text);
	assert_true(found);
}

static double number_at(const json_t *o, const char *key, const char *inner)
{
	o = json_object_get(o, key);
	return json_number_value(inner ? json_object_get(o, inner) : o);
}

struct scenario {
	int ues, size;
	int64_t link_bps, traffic_bps, delay_ns, queue_bytes;
	double seconds;
};

static void run_scenario(const struct scenario *c, bool backlogged)
{
	char text[500];
	snprintf(text, sizeof(text),
		 "duration: %.6fs\ncell: {delay: %lldns, queue: %lldB}\n"
		 "ues: {count: %d, arrivals: {kind: none}, traffic: {rate: %lldbit/s, size: %dB}}\n",
		 c->seconds, (long long)c->delay_ns, (long long)c->queue_bytes, c->ues,
		 (long long)c->traffic_bps, c->size);
	struct star star;
	struct err err;
	struct seen seen = {.rate_bps = c->link_bps,
			    .delay_ns = c->delay_ns,
			    .interval_numerator = 8000000000 * (int64_t)c->size,
			    .interval_denominator = c->traffic_bps,
			    .frame_bytes = c->size + 42,
			    .backlogged = backlogged};
	if (star_open(&star, text, (double)c->link_bps, &err) < 0 || star_run(&star, see, &seen, &err) < 0)
		fail_msg("%s", err.text);
	json_t *all = star_results(&star);
	double exact_rate =
	    backlogged ? (double)c->link_bps * c->size / seen.frame_bytes : (double)c->traffic_bps;
	for (int i = 0; i < c->ues; i++) {
		const json_t *traffic = json_array_get(json_object_get(all, "traffic"), (size_t)i);
		unsigned long long queue, sent, drops;
		last_counters(&star, i, &queue, &sent, &drops);
		// Conservation: what was sent has arrived or was dropped, by three counts.
		assert_int_equal(queue, 0);
		assert_int_equal(sent, seen.ue[i].received);
		assert_true(number_at(traffic, "sent", NULL) == (double)(sent + drops));
		assert_true(number_at(traffic, "received", NULL) == (double)sent);
		assert_true(number_at(traffic, "lost", NULL) == (double)drops);
		assert_int_equal(drops > 0, backlogged);
		double off = number_at(traffic, "goodput_bps", NULL) / exact_rate - 1;
		// Two roundings to a nanosecond over the whole span.
		double span_ns = (double)(seen.ue[i].last_ns - seen.ue[i].first_sent_ns);
		assert_true(off < 1e-9 + 2 / span_ns && off > -1e-9 - 2 / span_ns);
		if (backlogged)
			continue;
		double exact_us = (double)(airtime_ns(&seen, 1) + c->delay_ns) / 1e3;
		assert_true(number_at(traffic, "delay_us", "mean") == exact_us || exact_us == 0 ||
			    (number_at(traffic, "delay_us", "mean") / exact_us - 1 < 1e-12 &&
			     number_at(traffic, "delay_us", "mean") / exact_us - 1 > -1e-12));
	}
	json_decref(all);
	star_close(&star);
}

static void the_star_of_the_requirement_is_exact(void **state)
{
	(void)state;
	for (int ues = 1; ues <= 10; ues += 9)
		run_scenario(&(struct scenario){.ues = ues,
						.size = 1400,
						.link_bps = 20000000,
						.traffic_bps = 18000000,
						.delay_ns = 5000000,
						.queue_bytes = 1 << 20,
						.seconds = 10},
			     false);
}

// 10,000,000 bit/s for 1000 s: the rate over the whole span, to 1 part in 1e9 and less than 2 ns of rounding.
static void a_long_run_keeps_its_rate(void **state)
{
	(void)state;
	run_scenario(&(struct scenario){.ues = 1,
					.size = 1000,
					.link_bps = 20000000,
					.traffic_bps = 7000000,
					.delay_ns = 0,
					.queue_bytes = 1 << 20,
					.seconds = 1000},
		     false);
}

static void any_spaced_traffic_is_exact(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 3);
	for (int i = 0; i < 100; i++) {
		int size = 32 + (int)rng_below(rng, 1441);
		int64_t traffic = 1000000 + (int64_t)rng_below(rng, 50000000);
		// At least one nanosecond longer than a transmission, after both have been rounded.
		int64_t link = traffic * (size + 42) / size + 1000000 + (int64_t)rng_below(rng, 900000000);
		run_scenario(&(struct scenario){.ues = 1 + (int)rng_below(rng, 3),
						.size = size,
						.link_bps = link,
						.traffic_bps = traffic,
						.delay_ns = (int64_t)rng_below(rng, 20000000),
						.queue_bytes = 4096,
						.seconds = .2},
			     false);
	}
	rng_free(rng);
}

static void any_backlogged_traffic_leaves_without_a_gap(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 4);
	for (int i = 0; i < 100; i++) {
		int size = 32 + (int)rng_below(rng, 1441);
		int64_t link = 1000000 + (int64_t)rng_below(rng, 50000000);
		run_scenario(&(struct scenario){.ues = 1 + (int)rng_below(rng, 3),
						.size = size,
						.link_bps = link,
						.traffic_bps = link + link / 2,
						.delay_ns = (int64_t)rng_below(rng, 20000000),
						.queue_bytes = 4096 + (int64_t)rng_below(rng, 4096),
						.seconds = 1},
			     true);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_star_of_the_requirement_is_exact),
	    cmocka_unit_test(a_long_run_keeps_its_rate),
	    cmocka_unit_test(any_spaced_traffic_is_exact),
	    cmocka_unit_test(any_backlogged_traffic_leaves_without_a_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
