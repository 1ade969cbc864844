// SPDX-License-Identifier: BSD-3-Clause
// The laws of the shaper's packet buffers, over random comings and goings: a flow below its reserve always
// gets one, whatever the others hold; never are more held than there are; what leaves can be had again. And
// over real links: who floods with small datagrams loses its own packets alone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "emu/shaper/shares.h"
#include "mac/link.h"

enum { MOST_FLOWS = 12, EVENTS = 20000, ROUNDS = 60 };

static unsigned long seed(void)
{
	const char *text = getenv("AIRBATCH_SEED");
	unsigned long value = text ? strtoul(text, NULL, 0) : 4117;
	print_message("seed %lu (set AIRBATCH_SEED to change it)\n", value);
	return value;
}

struct model {
	struct shares *shares;
	uint32_t n, total, held[MOST_FLOWS], sum;
};

static void check_take(struct model *m, uint32_t flow)
{
	bool taken = shares_take(m->shares, flow);
	if (m->held[flow] < shares_reserve(m->shares, flow))
		assert_true(taken);
	m->held[flow] += taken;
	m->sum += taken;
	assert_true(m->sum <= m->total);
	assert_int_equal(shares_held(m->shares), m->sum);
}

static void give(struct model *m, uint32_t flow)
{
	if (m->held[flow] == 0)
		return;
	shares_give(m->shares, flow);
	m->held[flow]--;
	m->sum--;
}

static struct model draw(struct rng *rng)
{
	double need[MOST_FLOWS];
	struct model m = {.n = 1 + (uint32_t)rng_below(rng, MOST_FLOWS),
			  .total = (uint32_t)rng_below(rng, 3000)};
	for (uint32_t f = 0; f < m.n; f++)
		need[f] = rng_uniform(rng, 1, 1000);
	m.shares = shares_new(m.total, m.n, need);
	assert_non_null(m.shares);
	return m;
}

static void a_reserve_is_always_there(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed(), 0, RNG_TEST, 0);
	for (int round = 0; round < ROUNDS; round++) {
		struct model m = draw(rng);
		uint32_t greedy = (uint32_t)rng_below(rng, m.n);
		for (int i = 0; i < EVENTS; i++) {
			uint32_t flow = rng_below(rng, 2) ? greedy : (uint32_t)rng_below(rng, m.n);
			if (flow == greedy || rng_below(rng, 3))
				check_take(&m, flow);
			else
				give(&m, flow);
		}
		shares_free(m.shares);
	}
	rng_free(rng);
}

// When all have left, everything can be had again: by one flow what nobody else has reserved.
static void what_leaves_can_be_had_again(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed(), 0, RNG_TEST, 1);
	for (int round = 0; round < ROUNDS; round++) {
		struct model m = draw(rng);
		for (int i = 0; i < EVENTS; i++)
			check_take(&m, (uint32_t)rng_below(rng, m.n));
		for (uint32_t f = 0; f < m.n; f++)
			while (m.held[f] > 0)
				give(&m, f);
		uint32_t others = 0;
		for (uint32_t f = 1; f < m.n; f++)
			others += shares_reserve(m.shares, f);
		while (shares_take(m.shares, 0))
			m.held[0]++;
		assert_int_equal(m.held[0], m.total - others);
		assert_true(m.held[0] >= m.total / 2);
		shares_free(m.shares);
	}
	rng_free(rng);
}

// ---- with real queues

enum { UES = 3, FLOODS = 0, FULL_BYTES = 1514, SMALL_BYTES = 74, QUEUE_BYTES = 1 << 20 };

struct world {
	struct link *link;
	struct shares *shares;
	uint64_t refused[UES], queue_drops[UES];
};

static void send(struct world *w, uint32_t ue, uint32_t bytes, int64_t now_ns)
{
	if (!shares_take(w->shares, ue)) {
		w->refused[ue]++;
		return;
	}
	if (link_enqueue(w->link, ue, LINK_UP, bytes, 0, now_ns) < 0) {
		w->queue_drops[ue]++;
		shares_give(w->shares, ue);
	}
}

static void release(struct world *w, int64_t now_ns)
{
	struct link_packet packet[64];
	size_t n;
	do {
		n = link_dequeue(w->link, now_ns, packet, 64);
		for (size_t i = 0; i < n; i++)
			shares_give(w->shares, packet[i].ue);
	} while (n == 64);
}

// 31,250 small datagrams a second on a link of 100 kbit/s; the others fill their queues to the brim.
static void small_datagrams_drop_nobody_elses_packets(void **state)
{
	(void)state;
	const double need[UES] = {QUEUE_BYTES, QUEUE_BYTES, QUEUE_BYTES};
	struct link_flow_config flows[UES * LINK_DIRS];
	for (int i = 0; i < UES * LINK_DIRS; i++)
		flows[i] = (struct link_flow_config){.rate_bps = 1e5, .limit_bytes = QUEUE_BYTES};
	struct world w = {.shares = shares_new(2 * UES * (QUEUE_BYTES / FULL_BYTES + 1), UES, need)};
	const struct link_config config = {.n_ues = UES, .flows = flows};
	struct err err;
	w.link = link_new(&config, 0, &err);
	assert_true(w.link && w.shares);
	for (int ms = 0; ms < 2000; ms++) {
		int64_t now_ns = ms * NS_PER_MS;
		release(&w, now_ns);
		for (int i = 0; i < 31; i++)
			send(&w, FLOODS, SMALL_BYTES, now_ns);
		for (uint32_t ue = 1; ue < UES; ue++)
			send(&w, ue, FULL_BYTES, now_ns);
	}
	assert_true(w.refused[FLOODS] > 0);
	for (uint32_t ue = 1; ue < UES; ue++) {
		assert_int_equal(w.refused[ue], 0);
		assert_true(w.queue_drops[ue] > 0); // the link's own, which its model knows
	}
	shares_free(w.shares);
	link_free(w.link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_reserve_is_always_there),
	    cmocka_unit_test(what_leaves_can_be_had_again),
	    cmocka_unit_test(small_datagrams_drop_nobody_elses_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
