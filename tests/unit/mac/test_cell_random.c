// SPDX-License-Identifier: BSD-3-Clause
// The cell against models that share no idea with it: own bands against mac/link, equal shares against an
// integration that looks at every UE at every event, turns against grant_decide asked at every instant at
// which anything can change. And late callers, who change nothing. AIRBATCH_SEED chooses the seed.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "tests/unit/mac/cell_lab.h"

#define MAX_PACKETS 600

// ---- own bands: link

static void own_run(uint64_t seed, uint64_t run)
{
	struct rng *rng = rng_new(seed, run, RNG_TEST, 1);
	struct lab lab;
	uint32_t n_ues = 1 + (uint32_t)rng_below(rng, 8);
	struct link_flow_config flows[2 * LAB_MAX_UES];
	lab_init(&lab, n_ues, GRANT_OWN_BAND, 0);
	for (uint32_t i = 0; i < 2 * n_ues; i++) {
		struct cell_flow_config *f = &lab.ues[i / 2].flow[i % 2];
		f->fixed_bps = pow(10, rng_uniform(rng, 4, 9));
		f->delay_ns = (int64_t)rng_below(rng, 20000000);
		f->limit_bytes = 2000 + rng_below(rng, 30000);
		f->limit_packets = (uint32_t)rng_below(rng, 20);
		flows[i] =
		    (struct link_flow_config){f->fixed_bps, f->delay_ns, f->limit_bytes, f->limit_packets};
	}
	struct cell *cell = lab_cell(&lab);
	struct link *link = link_new(&(struct link_config){n_ues, flows}, 0, NULL);
	int64_t now = 0;
	for (int step = 0; step < 3000; step++) {
		now += (int64_t)rng_exponential(rng, 100e3);
		uint32_t ue = (uint32_t)rng_below(rng, n_ues), bytes = 1 + (uint32_t)rng_below(rng, 1514);
		enum link_dir dir = (enum link_dir)rng_below(rng, 2);
		assert_int_equal(cell_enqueue(cell, ue, dir, bytes, (uint64_t)step, now),
				 link_enqueue(link, ue, dir, bytes, (uint64_t)step, now));
		assert_int_equal(cell_next_event(cell), link_next_event(link));
		struct link_packet a[64], b[64];
		if (rng_below(rng, 4))
			continue;
		size_t n = cell_dequeue(cell, now, a, 64);
		assert_int_equal(n, link_dequeue(link, now, b, 64));
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(a[i].cookie, b[i].cookie);
			assert_int_equal(a[i].start_ns, b[i].start_ns);
			assert_int_equal(a[i].end_ns, b[i].end_ns);
			assert_int_equal(a[i].deliver_ns, b[i].deliver_ns);
		}
		struct link_counters c, d;
		cell_read_counters(cell, ue, dir, now, &c);
		link_read_counters(link, ue, dir, now, &d);
		assert_memory_equal(&c, &d, sizeof(c));
	}
	cell_free(cell);
	link_free(link);
	rng_free(rng);
}

// ---- shared bands: a plain model

struct ref_ue {
	struct grant_ue grant;
	int64_t relative_deadline_ns;
	long double left_bits[MAX_PACKETS];
	int64_t arrived_ns[MAX_PACKETS], end_ns[MAX_PACKETS];
	int n, sent;
	long double airtime_ns;
	double mean, slot_bits; // proportional fair: by the plain recurrence
};

struct ref {
	const struct grant_rule *rule;
	struct ref_ue ue[8];
	uint32_t n_ues;
	long double at_ns;
	int64_t tti_ns, border_ns; // the next border at which turns are given
	int served;		   // -1 = nobody
	uint64_t n_turns;
	int64_t slot; // number of the last border
	double window;
};

static void ref_pass_slots(struct ref *ref)
{
	int64_t n = ref->border_ns / ref->tti_ns - ref->slot;
	double keep = 1 - 1 / ref->window;
	for (uint32_t i = 0; i < ref->n_ues; i++) {
		struct ref_ue *ue = &ref->ue[i];
		ue->mean = (keep * ue->mean + ue->slot_bits / ref->window) * pow(keep, (double)(n - 1));
		ue->slot_bits = 0;
	}
	ref->slot += n;
}

static void ref_decide(struct ref *ref, bool at_border, double *hertz)
{
	struct grant_ue view[8];
	for (uint32_t i = 0; i < ref->n_ues; i++) {
		struct ref_ue *ue = &ref->ue[i];
		ue->grant.backlogged = ue->sent < ue->n;
		if (ue->grant.backlogged)
			ue->grant.deadline_ns = ue->arrived_ns[ue->sent] + ue->relative_deadline_ns;
		ue->grant.mean_rate = ue->mean + ue->slot_bits / (ref->window - 1);
		view[i] = ue->grant;
		hertz[i] = 0;
	}
	if (ref->rule->sharing == GRANT_AT_ONCE) {
		grant_decide(ref->rule, view, ref->n_ues, 1, 1, 0, hertz);
		return;
	}
	bool goes_on = ref->served >= 0 && view[ref->served].backlogged && view[ref->served].rate_bps > 0;
	if (at_border || (ref->served >= 0 && !goes_on)) {
		grant_decide(ref->rule, view, ref->n_ues, 1, ref->tti_ns, 0, hertz);
		ref->served = -1;
		for (uint32_t i = 0; i < ref->n_ues; i++)
			if (hertz[i] > 0)
				ref->served = (int)i;
		if (ref->served >= 0)
			ref->ue[ref->served].grant.last_turn = ++ref->n_turns;
	}
	for (uint32_t i = 0; i < ref->n_ues; i++)
		hertz[i] = (int)i == ref->served;
}

static bool ref_has_work(const struct ref *ref)
{
	for (uint32_t i = 0; i < ref->n_ues; i++)
		if (ref->ue[i].sent < ref->ue[i].n)
			return true;
	return false;
}

// Time goes on to `to`, through every departure and border.
static void ref_advance(struct ref *ref, int64_t to)
{
	double hertz[8];
	ref_decide(ref, false, hertz);
	while (ref->at_ns < (long double)to) {
		if (!ref_has_work(ref)) { // straight to the next border from `to` on
			ref->at_ns = (long double)to;
			ref->border_ns = (to + ref->tti_ns - 1) / ref->tti_ns * ref->tti_ns;
			return;
		}
		long double step = (long double)to - ref->at_ns;
		if (ref->rule->sharing == GRANT_IN_TURNS)
			step = fminl(step, (long double)ref->border_ns - ref->at_ns);
		for (uint32_t i = 0; i < ref->n_ues; i++)
			if (hertz[i] > 0)
				step = fminl(step, ref->ue[i].left_bits[ref->ue[i].sent] * 1e9L /
						       (ref->ue[i].grant.rate_bps * hertz[i]));
		ref->at_ns += step;
		for (uint32_t i = 0; i < ref->n_ues; i++) {
			struct ref_ue *ue = &ref->ue[i];
			if (!(hertz[i] > 0))
				continue;
			long double *left = &ue->left_bits[ue->sent];
			*left -= step * ue->grant.rate_bps * hertz[i] / 1e9L;
			ue->slot_bits += (double)step * ue->grant.rate_bps / 1e9;
			ue->airtime_ns += step * hertz[i];
			if (*left * 1e9L / ue->grant.rate_bps < 1e-5L)
				ue->end_ns[ue->sent++] = (int64_t)ceill(ref->at_ns - 1e-4L);
		}
		bool border =
		    ref->rule->sharing == GRANT_IN_TURNS && ref->at_ns > (long double)ref->border_ns - 1e-4L;
		if (border) {
			ref->at_ns = fmaxl(ref->at_ns, (long double)ref->border_ns);
			ref_pass_slots(ref);
			ref->border_ns += ref->tti_ns;
		}
		ref_decide(ref, border, hertz);
	}
}

static double random_gain_db(struct rng *rng)
{
	return rng_below(rng, 8) ? rng_uniform(rng, -130, -80) : -INFINITY;
}

// The rate itself is phy's business.
static void ref_learn_rate(struct ref *ref, struct cell *cell, uint32_t i, int64_t now)
{
	struct cell_radio radio;
	assert_int_equal(cell_read_radio(cell, i, LINK_UP, now, &radio), 0);
	ref->ue[i].grant.rate_bps = radio.rate_bps >= 1 ? radio.rate_bps : 0;
}

static void shared_run(uint64_t seed, uint64_t run, enum grant_strategy strategy)
{
	struct rng *rng = rng_new(seed, run, RNG_TEST, 2);
	struct lab lab;
	struct ref *ref = calloc(1, sizeof(*ref));
	*ref = (struct ref){.rule = grant_rule_of(strategy),
			    .n_ues = 1 + (uint32_t)rng_below(rng, 8),
			    .tti_ns = 10000 + (int64_t)rng_below(rng, 2000000),
			    .served = -1,
			    .window = 2 + (double)rng_below(rng, 50)};
	ref->border_ns = ref->tti_ns;
	lab_init(&lab, ref->n_ues, strategy, 0);
	lab.config.carrier[LINK_UP].tti_ns = ref->tti_ns;
	lab.config.carrier[LINK_UP].window_slots = ref->window;
	for (uint32_t i = 0; i < ref->n_ues; i++) {
		struct cell_flow_config *f = &lab.ues[i].flow[LINK_UP];
		struct ref_ue *ue = &ref->ue[i];
		lab.ues[i].gain_db = random_gain_db(rng);
		f->priority = ue->grant.priority = (int32_t)rng_below(rng, 3);
		f->deadline_ns = ue->relative_deadline_ns = (int64_t)rng_below(rng, 50000000);
	}
	struct cell *cell = lab_cell(&lab);
	int64_t now = 0;
	for (uint32_t i = 0; i < ref->n_ues; i++)
		ref_learn_rate(ref, cell, i, now);
	for (int step = 0; step < MAX_PACKETS; step++) {
		now += 1 + (int64_t)rng_exponential(rng, 300e3);
		uint32_t i = (uint32_t)rng_below(rng, ref->n_ues), bytes = 1 + (uint32_t)rng_below(rng, 3000);
		ref_advance(ref, now);
		struct ref_ue *ue = &ref->ue[i];
		if (rng_below(rng, 8) == 0) {
			ue->relative_deadline_ns = (int64_t)rng_below(rng, 50000000);
			cell_set_deadline(cell, i, LINK_UP, ue->relative_deadline_ns, now, NULL);
			continue;
		}
		if (rng_below(rng, 8) == 0) {
			assert_int_equal(cell_set_gain(cell, i, random_gain_db(rng), now, NULL), 0);
			ref_learn_rate(ref, cell, i, now);
			continue;
		}
		ue->arrived_ns[ue->n] = now;
		ue->left_bits[ue->n++] = 8.0L * bytes;
		assert_int_equal(cell_enqueue(cell, i, LINK_UP, bytes, 0, now), 0);
		struct link_counters c = lab_counters(cell, i, LINK_UP, now);
		assert_true(fabsl((long double)c.airtime_ns - ue->airtime_ns) <= 4);
	}
	for (uint32_t i = 0; i < ref->n_ues; i++) { // let everything out
		ref_advance(ref, ++now);
		assert_int_equal(cell_set_gain(cell, i, -100, now, NULL), 0);
		ref_learn_rate(ref, cell, i, now);
	}
	ref_advance(ref, now + 1000 * NS_PER_S);
	static struct link_packet out[MAX_PACKETS];
	size_t n = cell_dequeue(cell, now + 1000 * NS_PER_S, out, MAX_PACKETS);
	int next[8] = {0};
	for (size_t k = 0; k < n; k++) {
		struct ref_ue *ue = &ref->ue[out[k].ue];
		assert_true(llabs(out[k].end_ns - ue->end_ns[next[out[k].ue]++]) <= 2);
	}
	long double airtime_ns = 0;
	for (uint32_t i = 0; i < ref->n_ues; i++) {
		assert_int_equal(next[i], ref->ue[i].n);
		airtime_ns += (long double)lab_counters(cell, i, LINK_UP, now + 1000 * NS_PER_S).airtime_ns;
	}
	assert_true(airtime_ns <= (long double)out[n - 1].end_ns + ref->n_ues);
	cell_free(cell);
	free(ref);
	rng_free(rng);
}

// ---- late callers

static double wandering(void *context, uint32_t ue, int64_t now)
{
	(void)context;
	return -100 - 15 * sin((double)now / 7e6 + ue) - (now / 30000000 % 5 == ue ? 300 : 0);
}

struct arrival {
	int64_t at_ns;
	uint32_t ue, bytes;
};

struct history {
	struct link_packet packet[MAX_PACKETS];
	size_t n;
};

// Everything that a cell can do at once, with the same arrivals: driven event by event, or looked at once.
static void play(struct lab *lab, const struct arrival *arrivals, bool eager, struct history *history)
{
	struct cell *cell = lab_cell(lab);
	history->n = 0;
	for (int i = 0; i <= MAX_PACKETS; i++) {
		int64_t until = i < MAX_PACKETS ? arrivals[i].at_ns : arrivals[i - 1].at_ns + 100 * NS_PER_S;
		for (int64_t at; eager && (at = cell_next_event(cell)) < until;) {
			struct link_packet *first = &history->packet[history->n];
			size_t n = cell_dequeue(cell, at, first, MAX_PACKETS - history->n);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(first[k].deliver_ns, at); // told of it in time
			history->n += n;
		}
		if (i < MAX_PACKETS)
			cell_enqueue(cell, arrivals[i].ue, LINK_UP, arrivals[i].bytes, (uint64_t)i, until);
		else
			history->n +=
			    cell_dequeue(cell, until, &history->packet[history->n], MAX_PACKETS - history->n);
	}
	struct link_counters sum = {0};
	for (uint32_t ue = 0; ue < lab->config.n_ues; ue++) {
		struct link_counters c =
		    lab_counters(cell, ue, LINK_UP, arrivals[MAX_PACKETS - 1].at_ns + 100 * NS_PER_S);
		sum.delivered_packets += c.delivered_packets + c.lost_packets;
		sum.enqueued_packets += c.enqueued_packets;
		sum.drops += c.drops;
		sum.queue_packets += c.queue_packets;
	}
	assert_int_equal(sum.enqueued_packets, MAX_PACKETS);
	assert_int_equal(sum.queue_packets, 0);
	assert_int_equal(sum.delivered_packets + sum.drops, MAX_PACKETS);
	cell_free(cell);
}

static int by_cookie(const void *a, const void *b)
{
	uint64_t x = ((const struct link_packet *)a)->cookie, y = ((const struct link_packet *)b)->cookie;
	return x < y ? -1 : x > y;
}

static void late_run(uint64_t seed, uint64_t run, enum grant_strategy strategy)
{
	struct rng *rng = rng_new(seed, run, RNG_TEST, 3);
	struct lab lab;
	lab_init(&lab, 5, strategy, 0);
	lab.config.seed = seed;
	lab.config.run = run;
	lab.config.gain_db = wandering;
	if (run % 2)
		lab.config.carrier[LINK_UP].rate = LINK_RATE_NR_DEFAULT;
	for (int ue = 0; ue < 5; ue++)
		lab.ues[ue].flow[LINK_UP] = (struct cell_flow_config){
		    .tx_w = 0.2,
		    .hertz = LAB_BAND_HZ / 5,
		    .delay_ns = (int64_t)rng_below(rng, 5000000),
		    .limit_bytes = 60000,
		    .codel = true,
		    .radio_bler = run % 2,
		    .soft_gain_db = 3,
		    .deadline_ns = ue * NS_PER_MS,
		    .priority = ue / 2,
		    .impairment = {.harq = harq_fixed(0.2, 0.5, 3, 8 * NS_PER_MS),
				   .random = 0.02,
				   .bursts = {0.05, 0.3, 0, 0.7},
				   .jitter = {JITTER_NORMAL, 2 * NS_PER_MS, 2 * NS_PER_MS}}};
	struct arrival arrivals[MAX_PACKETS];
	int64_t now = 0;
	for (int i = 0; i < MAX_PACKETS; i++) {
		now += (int64_t)rng_exponential(rng, 400e3);
		arrivals[i] =
		    (struct arrival){now, (uint32_t)rng_below(rng, 5), 100 + (uint32_t)rng_below(rng, 1400)};
	}
	static struct history eager, late;
	play(&lab, arrivals, true, &eager);
	play(&lab, arrivals, false, &late);
	assert_int_equal(eager.n, late.n);
	qsort(eager.packet, eager.n, sizeof(eager.packet[0]), by_cookie);
	qsort(late.packet, late.n, sizeof(late.packet[0]), by_cookie);
	for (size_t i = 0; i < eager.n; i++) {
		const struct link_packet *a = &eager.packet[i], *b = &late.packet[i];
		assert_int_equal(a->cookie, b->cookie);
		assert_int_equal(a->start_ns, b->start_ns);
		assert_int_equal(a->end_ns, b->end_ns);
		assert_int_equal(a->deliver_ns, b->deliver_ns);
		assert_int_equal(a->fate, b->fate);
		assert_int_equal(a->transmissions, b->transmissions);
	}
	rng_free(rng);
}

static void own_bands_are_a_link(void **state)
{
	(void)state;
	uint64_t seed = lab_seed();
	for (uint64_t run = 0; run < 40; run++)
		own_run(seed, run);
}

static void shared_bands_agree_with_the_plain_model(void **state)
{
	(void)state;
	static const enum grant_strategy strategies[] = {GRANT_EQUAL_SHARE,  GRANT_ROUND_ROBIN,
							 GRANT_PROPORTIONAL, GRANT_MAX_RATE,
							 GRANT_PRIORITY,     GRANT_EARLIEST_DEADLINE};
	uint64_t seed = lab_seed();
	for (int s = 0; s < 6; s++)
		for (uint64_t run = 0; run < 40; run++)
			shared_run(seed, run, strategies[s]);
}

static void late_callers_change_nothing(void **state)
{
	(void)state;
	uint64_t seed = lab_seed();
	for (int s = 0; s < GRANT_STRATEGIES; s++)
		for (uint64_t run = 0; run < 20; run++)
			late_run(seed, run, (enum grant_strategy)s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(own_bands_are_a_link),
					   cmocka_unit_test(shared_bands_agree_with_the_plain_model),
					   cmocka_unit_test(late_callers_change_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
