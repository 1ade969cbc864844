// SPDX-License-Identifier: BSD-3-Clause
// mac/link against a plain fluid queue that shares no idea with it: no heap, no ring, no fixed point; every
// flow is integrated in long double and every delivery found by looking at all of them. AIRBATCH_SEED chooses
// the seed.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"
#include "mac/heap.h"
#include "mac/link.h"

#define MAX_PACKETS 3000
#define MAX_FLOWS 12
#define STEPS 3000
#define RUNS 60

struct ref_packet {
	long double left_bits;
	uint32_t bytes;
	int64_t end_ns; // 0 = not sent yet
};

struct ref_flow {
	struct link_flow_config config;
	long double at_ns; // integrated up to here
	struct ref_packet packet[MAX_PACKETS];
	int n, sent, delivered;
	uint64_t queue_bytes;
	long double airtime_ns;
};

static void ref_advance(struct ref_flow *f, int64_t now)
{
	while (f->sent < f->n && f->config.rate_bps > 0) {
		struct ref_packet *p = &f->packet[f->sent];
		long double need_ns = p->left_bits * 1e9L / (long double)f->config.rate_bps,
			    have_ns = (long double)now - f->at_ns;
		if (need_ns > have_ns + 1e-6L) {
			if (have_ns > 0) {
				p->left_bits -= have_ns * (long double)f->config.rate_bps / 1e9L;
				f->airtime_ns += have_ns;
			}
			break;
		}
		f->at_ns += need_ns;
		f->airtime_ns += need_ns;
		p->end_ns = (int64_t)ceill(f->at_ns - 1e-6L);
		f->queue_bytes -= p->bytes;
		f->sent++;
	}
	f->at_ns = fmaxl(f->at_ns, (long double)now);
}

static int ref_enqueue(struct ref_flow *f, uint32_t bytes, int64_t now)
{
	ref_advance(f, now);
	if (f->queue_bytes + bytes > f->config.limit_bytes)
		return -ENOBUFS;
	f->packet[f->n++] = (struct ref_packet){.left_bits = 8.0L * bytes, .bytes = bytes};
	f->queue_bytes += bytes;
	return 0;
}

// The flow of the earliest delivery due by now; -1 = none.
static int ref_next(struct ref_flow *flows, int n_flows, int64_t now)
{
	int best = -1;
	int64_t best_ns = now + 1;
	for (int i = 0; i < n_flows; i++) {
		struct ref_flow *f = &flows[i];
		ref_advance(f, now);
		if (f->delivered == f->sent)
			continue;
		int64_t at = f->packet[f->delivered].end_ns + f->config.delay_ns;
		if (at < best_ns) {
			best = i;
			best_ns = at;
		}
	}
	return best;
}

static double random_rate(struct rng *rng)
{
	return rng_below(rng, 8) == 0 ? 0 : pow(10, rng_uniform(rng, 3, 9));
}

struct pair {
	struct link *link;
	struct ref_flow *flows;
	int n_flows;
};

static void compare_deliveries(struct pair *pair, int64_t now)
{
	struct link_packet out;
	while (link_dequeue(pair->link, now, &out, 1) == 1) {
		int index = (int)(out.ue * LINK_DIRS + out.dir);
		int expected = ref_next(pair->flows, pair->n_flows, now);
		assert_true(expected >= 0);
		struct ref_flow *f = &pair->flows[index];
		struct ref_packet *p = &f->packet[f->delivered];
		assert_int_equal(out.cookie, f->delivered); // first in, first out
		assert_int_equal(out.bytes, p->bytes);
		assert_true(llabs(out.end_ns - p->end_ns) <= 1);
		assert_int_equal(out.deliver_ns, out.end_ns + f->config.delay_ns);
		struct ref_flow *e = &pair->flows[expected];
		assert_true(llabs(out.deliver_ns - (e->packet[e->delivered].end_ns + e->config.delay_ns)) <=
			    1);
		assert_true(out.start_ns >= out.enqueued_ns && out.end_ns > out.start_ns);
		f->delivered++;
	}
	assert_int_equal(ref_next(pair->flows, pair->n_flows, now - 2), -1); // nothing was left behind
}

static void compare_counters(struct pair *pair, int index, int64_t now)
{
	struct ref_flow *f = &pair->flows[index];
	struct link_counters c;
	link_read_counters(pair->link, (uint32_t)index / LINK_DIRS, (enum link_dir)(index % LINK_DIRS), now,
			   &c);
	ref_advance(f, now);
	assert_int_equal(c.packets, f->sent);
	assert_int_equal(c.queue_bytes, f->queue_bytes);
	assert_int_equal(c.enqueued_packets, c.packets + c.drops + c.queue_packets);
	assert_int_equal(c.delivered_packets, f->delivered);
	assert_true(fabsl((long double)c.airtime_ns - f->airtime_ns) <= 2);
}

static void run_one(uint64_t seed, uint64_t run)
{
	struct rng *rng = rng_new(seed, run, RNG_TEST, 0);
	int n_flows = 2 * (1 + (int)rng_below(rng, MAX_FLOWS / 2));
	struct ref_flow *flows = calloc((size_t)n_flows, sizeof(*flows));
	struct link_flow_config configs[MAX_FLOWS];
	assert_non_null(flows);
	for (int i = 0; i < n_flows; i++)
		flows[i].config = configs[i] = (struct link_flow_config){
		    random_rate(rng), (int64_t)rng_below(rng, 20000000), 2000 + rng_below(rng, 30000), 0};
	struct pair pair = {link_new(&(struct link_config){(uint32_t)n_flows / 2, configs}, 0, NULL), flows,
			    n_flows};
	assert_non_null(pair.link);
	int64_t now = 0;
	for (int step = 0; step < STEPS; step++) {
		now += (int64_t)rng_exponential(rng, 200e3);
		int i = (int)rng_below(rng, (uint64_t)n_flows);
		uint32_t ue = (uint32_t)i / LINK_DIRS;
		enum link_dir dir = (enum link_dir)(i % LINK_DIRS);
		uint32_t bytes = 1 + (uint32_t)rng_below(rng, 1514);
		switch (rng_below(rng, 10)) {
		case 0:
			ref_advance(&flows[i], now);
			flows[i].config.rate_bps = random_rate(rng);
			assert_int_equal(link_set_rate(pair.link, ue, dir, flows[i].config.rate_bps, now), 0);
			break;
		case 1:
			compare_deliveries(&pair, now);
			break;
		case 2:
			compare_counters(&pair, i, now);
			break;
		default:;
			uint64_t cookie = (uint64_t)flows[i].n;
			int expected = ref_enqueue(&flows[i], bytes, now);
			assert_int_equal(link_enqueue(pair.link, ue, dir, bytes, cookie, now), expected);
		}
	}
	compare_deliveries(&pair, now + 100 * NS_PER_S);
	link_free(pair.link);
	free(flows);
	rng_free(rng);
}

static void agrees_with_the_fluid_queue(void **state)
{
	(void)state;
	const char *text = getenv("AIRBATCH_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
	printf("seed %llu (AIRBATCH_SEED)\n", (unsigned long long)seed);
	for (uint64_t run = 0; run < RUNS; run++)
		run_one(seed, run);
}

// The top of a heap whose things move, come and go, against looking at all of them, for every size up to 40.
static void the_heaps_top_is_the_least(void **state)
{
	(void)state;
	struct rng *rng = rng_new(1, 0, RNG_TEST, 1);
	for (uint32_t n = 1; n <= 40; n++) {
		struct heap heap;
		uint64_t key[40];
		assert_int_equal(heap_init(&heap, n), 0);
		for (uint32_t i = 0; i < n; i++)
			key[i] = UINT64_MAX;
		for (int step = 0; step < 500; step++) {
			uint32_t id = (uint32_t)rng_below(rng, n), best = 0;
			key[id] = rng_below(rng, 5) == 0 ? UINT64_MAX : rng_below(rng, 50);
			if (key[id] == UINT64_MAX)
				heap_remove(&heap, id);
			else
				heap_set(&heap, id, (heap_key)key[id] << HEAP_ID_BITS);
			for (uint32_t i = 1; i < n; i++)
				best = key[i] < key[best] ? i : best;
			assert_int_equal(heap.n == 0, key[best] == UINT64_MAX);
			if (heap.n > 0)
				assert_int_equal(heap_top(&heap), best);
		}
		heap_free(&heap);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_fluid_queue),
					   cmocka_unit_test(the_heaps_top_is_the_least)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
