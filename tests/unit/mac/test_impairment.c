// SPDX-License-Identifier: BSD-3-Clause
// Loss, HARQ, jitter and CoDel against their laws. AIRBATCH_SEED chooses the seed; each of some twenty
// intervals holds 99 % of the seeds, so about one seed in five leaves one of them.
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "mac/codel.h"
#include "tests/unit/mac/cell_lab.h"

#define Z99 2.576
#define N 200000

// n packets of UE 0, each alone on the air, through the lab's cell; out must hold n.
static void send_spaced(struct lab *lab, int n, int64_t every_ns, struct link_packet *out)
{
	struct cell *cell = lab_cell(lab);
	size_t got = 0;
	for (int i = 0; i < n; i++) {
		assert_int_equal(cell_enqueue(cell, 0, LINK_UP, 1250, (uint64_t)i, i * every_ns), 0);
		got += cell_dequeue(cell, i * every_ns, &out[got], (size_t)n - got);
	}
	got += cell_dequeue(cell, (n + 1000) * every_ns, &out[got], (size_t)n - got);
	assert_int_equal(got, n);
	cell_free(cell);
}

static struct link_packet *packets(size_t n)
{
	struct link_packet *out = calloc(n, sizeof(*out));
	assert_non_null(out);
	return out;
}

static void check_share(const char *what, double share, double law, double n)
{
	double half_width = Z99 * sqrt(law * (1 - law) / n);
	printf("%s: %.5f, law %.5f +- %.5f (n = %.0f)\n", what, share, law, half_width, n);
	assert_true(fabs(share - law) <= half_width + 1e-12);
}

static void random_loss_is_binomial(void **state)
{
	(void)state;
	struct link_packet *out = packets(N);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 100e6);
	lab.config.seed = lab_seed();
	lab.ues[0].flow[LINK_UP].impairment.random = 0.03;
	send_spaced(&lab, N, NS_PER_MS, out);
	double lost = 0;
	for (int i = 0; i < N; i++)
		lost += out[i].fate == LINK_LOST;
	check_share("random loss", lost / N, 0.03, N);
	free(out);
}

static void gilbert_elliott_keeps_its_rate_and_bursts(void **state)
{
	(void)state;
	static const struct gilbert_elliott cases[] = {
	    {0.01, 0.2, 0, 1}, {0.05, 0.5, 0, 1}, {0.02, 0.1, 0.01, 0.6}};
	struct link_packet *out = packets(N);
	uint64_t seed = lab_seed();
	for (int c = 0; c < 3; c++) {
		struct gilbert_elliott ge = cases[c];
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, 100e6);
		lab.config.seed = seed;
		lab.config.run = (uint64_t)c;
		lab.ues[0].flow[LINK_UP].impairment.bursts = ge;
		send_spaced(&lab, N, NS_PER_MS, out);
		double lost = 0, ends = 0;
		for (int i = 0; i < N; i++) {
			lost += out[i].fate == LINK_LOST;
			ends += i > 0 && out[i - 1].fate == LINK_LOST && out[i].fate != LINK_LOST;
		}
		double bad = ge.p / (ge.p + ge.r),
		       law = (ge.r * ge.good_loss + ge.p * ge.bad_loss) / (ge.p + ge.r);
		// Neighbours are correlated: as many independent packets as their variance is worth.
		double between = bad * (1 - bad) * pow(ge.bad_loss - ge.good_loss, 2), rho = 1 - ge.p - ge.r,
		       variance = law * (1 - law) + 2 * between * rho / (1 - rho);
		check_share("Gilbert-Elliott loss", lost / N, law, N * law * (1 - law) / variance);
		if (ge.good_loss > 0)
			continue;
		check_share("  a burst ends after a lost packet", ends / lost, ge.r, lost);
		printf("  mean burst %.3f packets, law %.3f\n", lost / ends, 1 / ge.r);
	}
	free(out);
}

// P(N > k) = p^k; the delivery comes after exactly N airtimes and N - 1 round trips; what fails max + 1 times
// is lost.
static void harq_delays_by_the_geometric_law(void **state)
{
	(void)state;
	const double p = 0.3;
	const uint32_t max = 3;
	const int64_t airtime_ns = 100 * NS_PER_US, round_trip_ns = 8 * NS_PER_MS;
	struct link_packet *out = packets(N);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 100e6);
	lab.config.seed = lab_seed();
	lab.ues[0].flow[LINK_UP].delay_ns = NS_PER_MS;
	lab.ues[0].flow[LINK_UP].impairment.harq = harq_fixed(p, 1, max, round_trip_ns);
	send_spaced(&lab, N, 50 * NS_PER_MS, out);
	double times[8] = {0}, lost = 0;
	for (int i = 0; i < N; i++) {
		int64_t n = out[i].transmissions;
		assert_in_range(n, 1, max + 1);
		assert_int_equal(out[i].end_ns - out[i].start_ns, n * airtime_ns);
		assert_int_equal(out[i].deliver_ns - out[i].end_ns, NS_PER_MS + (n - 1) * round_trip_ns);
		times[n]++;
		lost += out[i].fate == LINK_LOST;
	}
	for (uint32_t n = 1; n <= max + 1; n++) {
		char what[32];
		snprintf(what, sizeof(what), "%u transmissions", n);
		check_share(what, times[n] / N, n <= max ? pow(p, n - 1) * (1 - p) : pow(p, max), N);
	}
	check_share("residual loss", lost / N, pow(p, max + 1), N);
	free(out);
}

// A saturated flow: every transmission takes its airtime, so the goodput is rate (1 - p) and the air is never
// idle; packets keep their order.
static void harq_takes_airtime(void **state)
{
	(void)state;
	const int n = 20000;
	for (int strategy = 0; strategy < GRANT_STRATEGIES; strategy++) {
		struct link_packet *out = packets((size_t)n);
		struct lab lab;
		lab_init(&lab, 1, (enum grant_strategy)strategy, 100e6);
		lab.config.seed = 7;
		lab.ues[0].flow[LINK_UP].hertz = LAB_BAND_HZ;
		lab.ues[0].flow[LINK_UP].impairment.harq = harq_fixed(0.2, 1, 10, 8 * NS_PER_MS);
		struct cell *cell = lab_cell(&lab);
		lab_fill(cell, 0, n, 1250, 0);
		assert_int_equal(cell_dequeue(cell, 100 * NS_PER_S, out, (size_t)n), n);
		int64_t transmissions = 0, before_ns = 0;
		for (int i = 0; i < n; i++) {
			transmissions += out[i].transmissions;
			assert_int_equal(out[i].cookie, i);
			assert_true(out[i].deliver_ns >= before_ns);
			before_ns = out[i].deliver_ns;
		}
		struct link_counters c = lab_counters(cell, 0, LINK_UP, 100 * NS_PER_S);
		assert_int_equal(c.retransmissions, transmissions - n);
		assert_int_equal(c.airtime_ns, transmissions * 100 * NS_PER_US);
		assert_int_equal(out[n - 1].end_ns, transmissions * 100 * NS_PER_US);
		double goodput = n * 1e4 / ns_to_s(out[n - 1].end_ns);
		if (strategy == 0)
			check_share("goodput over rate", goodput / 100e6, 0.8, (double)transmissions);
		cell_free(cell);
		free(out);
	}
}

// Retransmissions with combining fail more rarely: N - 1 failures have probability p, p s, p s^2 ..
static void soft_combining_helps(void **state)
{
	(void)state;
	struct harq harq = harq_fixed(0.4, 0.25, 3, 1);
	struct link_packet *out = packets(N);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 100e6);
	lab.config.seed = lab_seed();
	lab.ues[0].flow[LINK_UP].impairment.harq = harq;
	send_spaced(&lab, N, NS_PER_MS, out);
	double twice = 0, thrice = 0;
	for (int i = 0; i < N; i++) {
		twice += out[i].transmissions >= 2;
		thrice += out[i].transmissions >= 3;
	}
	check_share("a second transmission", twice / N, 0.4, N);
	check_share("a third after a second", thrice / twice, 0.1, twice);
	free(out);
}

// With 5G NR rates the block error rate is the radio's own, at most the target, and met on the air.
static void radio_block_errors_happen_as_often_as_said(void **state)
{
	(void)state;
	struct link_packet *out = packets(N);
	struct lab lab;
	lab_init(&lab, 1, GRANT_OWN_BAND, 0);
	lab.config.seed = lab_seed();
	lab.config.carrier[LINK_UP].rate = LINK_RATE_NR_DEFAULT;
	lab.ues[0].gain_db = -115;
	lab.ues[0].flow[LINK_UP].radio_bler = true;
	lab.ues[0].flow[LINK_UP].impairment.harq.max_retransmissions = 1;
	struct cell_radio radio = {.bler = 0};
	// Somewhere in the range of gains the scheme works close to its limit.
	for (; radio.bler < 0.03; lab.ues[0].gain_db -= 0.01) {
		struct cell *cell = lab_cell(&lab);
		cell_read_radio(cell, 0, LINK_UP, 0, &radio);
		cell_free(cell);
	}
	lab.ues[0].gain_db += 0.01;
	assert_true(radio.bler <= 0.1 && radio.mcs >= 0);
	send_spaced(&lab, N, 20 * NS_PER_MS, out);
	double failed = 0;
	for (int i = 0; i < N; i++)
		failed += out[i].transmissions > 1;
	check_share("block errors", failed / N, radio.bler, N);
	free(out);
}

static void jitter_keeps_order_and_mean(void **state)
{
	(void)state;
	static const struct jitter cases[] = {{JITTER_UNIFORM, 5 * NS_PER_MS, 4 * NS_PER_MS},
					      {JITTER_NORMAL, 20 * NS_PER_MS, 3 * NS_PER_MS},
					      {JITTER_EXPONENTIAL, 5 * NS_PER_MS, 0}};
	static const double sigma_of_mean[] = {4 / 5. / 1.7320508, 3 / 20., 1};
	struct link_packet *out = packets(N);
	for (int c = 0; c < 3; c++) {
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, 100e6);
		lab.config.seed = lab_seed();
		lab.ues[0].flow[LINK_UP].impairment.jitter = cases[c];
		send_spaced(&lab, N, NS_PER_S, out); // far apart: order never interferes
		double sum = 0, mean = (double)cases[c].mean_ns;
		for (int i = 0; i < N; i++)
			sum += (double)(out[i].deliver_ns - out[i].end_ns);
		printf("jitter %d: mean %.1f us, law %.1f us\n", c, sum / N / 1e3, mean / 1e3);
		assert_true(fabs(sum / N - mean) <= Z99 * sigma_of_mean[c] * mean / sqrt(N) + 1);
		send_spaced(&lab, N, NS_PER_MS / 2, out);
		int held = 0;
		for (int i = 1; i < N; i++) {
			assert_true(out[i].deliver_ns >= out[i - 1].deliver_ns);
			assert_true(out[i].deliver_ns >= out[i].end_ns);
			held += out[i].deliver_ns == out[i - 1].deliver_ns;
		}
		assert_true(held > N / 10); // it did interfere
	}
	free(out);
}

static void equal_seeds_give_equal_fates(void **state)
{
	(void)state;
	struct link_packet *a = packets(2000), *b = packets(2000), *c = packets(2000);
	struct lab lab;
	lab_init(&lab, 2, GRANT_ROUND_ROBIN, 100e6);
	lab.ues[0].flow[LINK_UP].impairment =
	    (struct impairment_config){.harq = harq_fixed(0.3, 1, 2, NS_PER_MS),
				       .random = 0.1,
				       .jitter = {JITTER_EXPONENTIAL, NS_PER_MS, 0}};
	send_spaced(&lab, 2000, NS_PER_MS, a);
	lab.ues[1].flow[LINK_UP].impairment.random = 0.5; // another UE's draws are its own
	send_spaced(&lab, 2000, NS_PER_MS, b);
	assert_memory_equal(a, b, 2000 * sizeof(*a));
	lab.config.run = 2;
	send_spaced(&lab, 2000, NS_PER_MS, c);
	int same = 0;
	for (int i = 0; i < 2000; i++)
		same += a[i].deliver_ns == c[i].deliver_ns;
	assert_true(same < 200);
	free(a);
	free(b);
	free(c);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

#define RESPONSE_NS (40 * NS_PER_MS) // from a delivery to the sender's next packet
#define SENDERS 4

// What a sender of the additive-increase, multiplicative-decrease kind (TCP Reno's congestion avoidance)
// does.
struct sender {
	double window;
	int in_flight;
	int64_t cut_ns;
};

// Four such senders behind one queue of 1.5 MB at 10 Mbit/s for a minute. Of the last half minute: the
// standing wait (ms), by RFC 8289, 3.2 the least within an interval, here the median of 300 of them; and the
// part of the link that was used.
static double congested(bool codel, enum grant_strategy strategy, double *used)
{
	struct lab lab;
	lab_init(&lab, 1, strategy, 10e6);
	struct cell_flow_config *config = &lab.ues[0].flow[LINK_UP];
	config->hertz = LAB_BAND_HZ;
	config->limit_bytes = 1500000;
	config->delay_ns = RESPONSE_NS;
	config->codel = codel;
	struct cell *cell = lab_cell(&lab);
	struct sender senders[SENDERS] = {{0}};
	double least[300], n_sent = 0;
	for (int i = 0; i < 300; i++)
		least[i] = 1e9;
	for (int64_t now = 0; now < 60 * NS_PER_S; now = cell_next_event(cell)) {
		for (uint64_t i = 0; i < SENDERS; i++)
			for (; senders[i].in_flight < senders[i].window + 1; senders[i].in_flight++)
				if (cell_enqueue(cell, 0, LINK_UP, 1500, i, now) < 0) {
					senders[i].window /= 2;
					break;
				}
		struct link_packet p;
		while (cell_dequeue(cell, now, &p, 1)) {
			struct sender *sender = &senders[p.cookie];
			sender->in_flight--;
			if (p.fate == LINK_DELIVERED)
				sender->window += 1 / (sender->window + 1);
			else if (p.enqueued_ns > sender->cut_ns) { // once a round trip
				sender->window /= 2;
				sender->cut_ns = now;
			}
			if (p.fate != LINK_DELIVERED || now < 30 * NS_PER_S)
				continue;
			double *slot = &least[(now - 30 * NS_PER_S) / CODEL_INTERVAL_NS];
			*slot = fmin(*slot, (double)(p.start_ns - p.enqueued_ns) / 1e6);
			n_sent++;
		}
	}
	qsort(least, 300, sizeof(*least), by_value);
	*used = n_sent * 12000 / 30 / 10e6;
	lab_counters(cell, 0, LINK_UP, 60 * NS_PER_S);
	cell_free(cell);
	return least[150];
}

static void codel_keeps_the_wait_near_target(void **state)
{
	(void)state;
	static const enum grant_strategy strategies[] = {GRANT_OWN_BAND, GRANT_EQUAL_SHARE,
							 GRANT_ROUND_ROBIN};
	for (int s = 0; s < 3; s++) {
		double used, tail_used, wait_ms = congested(true, strategies[s], &used),
					tail_ms = congested(false, strategies[s], &tail_used);
		printf("%s: standing wait with CoDel %.2f ms (%.1f %% of the link used), drop-tail %.0f ms "
		       "(%.1f %%)\n",
		       grant_rule_of(strategies[s])->name, wait_ms, 100 * used, tail_ms, 100 * tail_used);
		assert_true(wait_ms < 2 * CODEL_TARGET_NS / 1e6);
		assert_true(used > 0.85);
		assert_true(tail_ms > 500); // 1.5 MB at 10 Mbit/s are 1.2 s
	}
}

// A sender that does not answer, 20 % too fast: CoDel drops what does not fit, no more, and still waits less
// than drop-tail, though far above its target (RFC 8289 is for senders that answer).
static void codel_drops_what_does_not_fit(void **state)
{
	(void)state;
	const int n = 60000;
	double wait_ns[2] = {0};
	for (int codel = 0; codel < 2; codel++) {
		struct link_packet *out = packets((size_t)n);
		struct lab lab;
		lab_init(&lab, 1, GRANT_OWN_BAND, 10e6);
		lab.ues[0].flow[LINK_UP].limit_bytes = 1500000;
		lab.ues[0].flow[LINK_UP].codel = codel;
		struct cell *cell = lab_cell(&lab);
		for (int i = 0; i < n; i++)
			cell_enqueue(cell, 0, LINK_UP, 1500, 0, i * NS_PER_MS);
		size_t got = cell_dequeue(cell, 100 * NS_PER_S, out, (size_t)n);
		for (size_t i = 0; i < got; i++)
			if (out[i].fate == LINK_DELIVERED)
				wait_ns[codel] += (double)(out[i].start_ns - out[i].enqueued_ns) / n;
		double loss = (double)lab_counters(cell, 0, LINK_UP, 100 * NS_PER_S).drops / n;
		printf("20 %% overload, CoDel %d: mean wait %.1f ms, %.2f %% dropped\n", codel,
		       wait_ns[codel] / 1e6, 100 * loss);
		assert_true(fabs(loss - 1 / 6.) < 0.03);
		cell_free(cell);
		free(out);
	}
	assert_true(wait_ns[1] < wait_ns[0] / 5);
}

// A queue that is always long, its head 50 ms old.
struct endless {
	int64_t now;
	int drops;
};

static bool endless_head(void *packets_, int64_t *arrived_ns, uint64_t *behind_bytes)
{
	*arrived_ns = ((struct endless *)packets_)->now - 50 * NS_PER_MS;
	*behind_bytes = 1000000;
	return true;
}

static void endless_drop(void *packets_)
{
	((struct endless *)packets_)->drops++;
}

// RFC 8289, 5.3: the first drop comes an interval after the wait rose above target, the k-th after it
// interval / sqrt(k) later. Back above within 16 intervals of the last drop, it starts with the drops of the
// spell before as k.
static void codel_drops_at_the_rfcs_pace(void **state)
{
	(void)state;
	const int64_t tick_ns = 10 * NS_PER_US, start_ns = NS_PER_S;
	struct codel codel = {.target_ns = CODEL_TARGET_NS, .interval_ns = CODEL_INTERVAL_NS};
	struct endless endless = {0};
	struct codel_queue queue = {&endless, endless_head, endless_drop};
	double expected_ns = (double)(start_ns + CODEL_INTERVAL_NS);
	int seen = 0;
	for (endless.now = start_ns; endless.now < start_ns + 2 * NS_PER_S; endless.now += tick_ns) {
		codel_dequeue(&codel, &queue, endless.now);
		if (endless.drops == seen)
			continue;
		assert_int_equal(endless.drops, ++seen);
		assert_true(fabs((double)endless.now - expected_ns) <= (double)tick_ns);
		expected_ns += (double)CODEL_INTERVAL_NS / sqrt(seen);
	}
	assert_true(seen > 60);
	// One packet in time ends the spell; the next one begins an interval later, at the old pace.
	int64_t late_ns = codel.target_ns;
	codel.target_ns = NS_PER_S;
	codel_dequeue(&codel, &queue, endless.now);
	assert_false(codel.dropping);
	codel.target_ns = late_ns;
	int64_t again_ns = endless.now + CODEL_INTERVAL_NS;
	for (; endless.drops == seen; endless.now += tick_ns)
		codel_dequeue(&codel, &queue, endless.now);
	int64_t first_ns = endless.now - tick_ns;
	assert_true(llabs(first_ns - again_ns) <= tick_ns);
	for (; endless.drops == seen + 1; endless.now += tick_ns)
		codel_dequeue(&codel, &queue, endless.now);
	double gap_ns = (double)(endless.now - tick_ns - first_ns);
	assert_true(fabs(gap_ns - (double)CODEL_INTERVAL_NS / sqrt(seen - 1)) <= (double)tick_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_loss_is_binomial),
	    cmocka_unit_test(gilbert_elliott_keeps_its_rate_and_bursts),
	    cmocka_unit_test(harq_delays_by_the_geometric_law),
	    cmocka_unit_test(harq_takes_airtime),
	    cmocka_unit_test(soft_combining_helps),
	    cmocka_unit_test(radio_block_errors_happen_as_often_as_said),
	    cmocka_unit_test(jitter_keeps_order_and_mean),
	    cmocka_unit_test(equal_seeds_give_equal_fates),
	    cmocka_unit_test(codel_drops_at_the_rfcs_pace),
	    cmocka_unit_test(codel_keeps_the_wait_near_target),
	    cmocka_unit_test(codel_drops_what_does_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
