// SPDX-License-Identifier: BSD-3-Clause
// Whole runs in virtual time over recorded links, what radios draw, and plans in shared bands.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "phy/trace/delivery.h"
#include "tests/unit/sim/sim_star.h"

#define REPLAY "edge: {executor: replay, profile: mobilenet-v2-gpu-model, guard: 10ms}\n"
#define SIZE 1400
#define FRAME (SIZE + DATAGRAM_FRAME_OVERHEAD)

static char path[] = "/tmp/airbatch-sim-trace-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

struct seen {
	int64_t deliver_ns[8192];
	int64_t waited_ns[8192]; // from its sending
	size_t n;
};

static void note(uint64_t sequence, const struct link_packet *packet, void *user)
{
	struct seen *seen = user;
	assert_int_equal(sequence, seen->n);
	seen->deliver_ns[seen->n] = packet->deliver_ns;
	seen->waited_ns[seen->n++] = packet->deliver_ns - packet->enqueued_ns;
}

// Of a link that drops: numbers have gaps.
static void count(uint64_t sequence, const struct link_packet *packet, void *user)
{
	(void)sequence;
	struct seen *seen = user;
	if (packet->fate == LINK_DELIVERED)
		seen->deliver_ns[seen->n++] = packet->end_ns - 1; // the last bit was sent before
}

static void run(struct star *star, const char *ues, struct seen *seen)
{
	char yaml[1200];
	struct err err;
	snprintf(yaml, sizeof(yaml), ues, path, path);
	if (star_open(star, yaml, 0, &err) < 0 || star_run(star, seen ? note : NULL, seen, &err) < 0)
		fail_msg("%s", err.text);
}

// One opportunity every 2 ms, a datagram of 1442 bytes each: the backlog leaves at each opportunity's
// millisecond.
static void backlog_leaves_with_the_opportunities(void **state)
{
	(void)state;
	static struct seen seen;
	struct star star;
	seen.n = 0;
	write_file("2\n");
	run(&star,
	    "duration: 1s\ncell: {delay: 3ms, queue: 8MiB}\nues: {count: 1, gain: -90dB, arrivals: {kind: "
	    "none}, "
	    "traffic: {rate: 20Mbit/s, size: 1400B}, trace: {kind: delivery, uplink: %s}}\n",
	    &seen);
	assert_true(seen.n > 480);
	for (size_t k = 0; k < seen.n; k++) {
		assert_int_equal(seen.deliver_ns[k] % (2 * NS_PER_MS), NS_PER_MS); // 3 ms after an even one
		// The first leaves with the first opportunity; each is an IP packet of 1428 bytes, of which
		// mahimahi counts 4 more, and an opportunity has 1504.
		int64_t opportunity = (int64_t)ceil((double)(k + 1) * (SIZE + 28 + 4) / 1504);
		assert_int_equal(seen.deliver_ns[k], 2 * NS_PER_MS * opportunity + 3 * NS_PER_MS);
	}
	star_close(&star);
}

// Steps in virtual time: a datagram every 10 ms is alone on the link, and takes its bits over the rate of the
// row in force, and that row's latency.
static void rows_are_met_at_their_instants(void **state)
{
	(void)state;
	static struct seen seen;
	struct star star;
	seen.n = 0;
	write_file("keep_us,latency_ns,rate_bps,loss,limit\n300000,4000000,11536000,0,0\n"
		   "400000,20000000,2884000,0,0\n300000,1000000,115360000,0,0\n");
	run(&star,
	    "duration: 2s\nues: {count: 1, gain: -90dB, arrivals: {kind: none}, "
	    "traffic: {rate: 1.12Mbit/s, size: 1400B}, trace: {kind: link, uplink: %s, end: loop}}\n",
	    &seen);
	static const struct {
		int64_t until_ms, air_us, latency_us;
	} rows[] = {{300, 1000, 4000}, {700, 4000, 20000}, {1000, 100, 1000}};
	assert_true(seen.n == 200);
	for (size_t k = 0; k < seen.n; k++) {
		int64_t sent_ns = seen.deliver_ns[k] - seen.waited_ns[k], in_period_ns = sent_ns % NS_PER_S;
		int r = in_period_ns < 300 * NS_PER_MS ? 0 : in_period_ns < 700 * NS_PER_MS ? 1 : 2;
		if (rows[r].until_ms * NS_PER_MS - in_period_ns < 5 * NS_PER_MS)
			continue; // may see the step on its way: tests/unit/mac/test_cell_trace.c
		// Behind the fall from 20 ms to 1 ms no one overtakes.
		if (r == 2 && in_period_ns < 730 * NS_PER_MS)
			continue;
		assert_int_equal(seen.waited_ns[k], (rows[r].air_us + rows[r].latency_us) * NS_PER_US);
	}
	star_close(&star);
}

static void bad_traces_are_refused_with_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *text, *words;
	} cases[] = {{"delivery", "", " is empty"},
		     {"delivery", "5\n4\n", ":2: time goes back"},
		     {"link", "", " has no row"},
		     {"link", "1000,5,1000,0,0\n1000,5,1000,0\n", ":2: the row has 4 fields"},
		     {"link", "1000,5,-3,0,0\n", ":1: "}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char yaml[400];
		struct star star;
		struct err err;
		write_file(cases[i].text);
		snprintf(yaml, sizeof(yaml), "ues: {count: 2, trace: {kind: %s, downlink: %s}}\n",
			 cases[i].kind, path);
		assert_true(star_open(&star, yaml, 0, &err) < 0);
		if (!strstr(err.text, path) || !strstr(err.text, cases[i].words))
			fail_msg("%s: expected %s", err.text, cases[i].words);
	}
	struct star star;
	struct err err;
	const char *yaml = "ues: {list: [{}, {trace: {kind: link, uplink: /nowhere/at.all}}]}\n";
	assert_true(star_open(&star, yaml, 0, &err) < 0);
	assert_non_null(strstr(err.text, "ue2: ues.trace.uplink: /nowhere/at.all"));
}

// tests/data/traces/outage.link under 20 Mbit/s: 5 Mbit/s for a second, then a second of nothing; and of no
// limit, what is offered.
static void an_outage_is_an_outage(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		double mbps[3]; // of each second
	} cases[] = {{"outage.link", {5, 0, 5}},
		     {"minus1.link", {20, 20, 20}},
		     {"ext10.link", {5, 5, 5}},
		     {"midtext.link", {5, 5, 5}}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct seen seen;
		struct star star;
		struct err err;
		char yaml[700];
		seen.n = 0;
		snprintf(yaml, sizeof(yaml),
			 "duration: 3s\ncell: {queue: 64KiB}\nues: {count: 1, gain: -100dB, arrivals: {kind: "
			 "none}, "
			 "traffic: {rate: 20Mbit/s, size: 1400B}, trace: {kind: link, uplink: " TRACES
			 "/%s}}\n",
			 cases[i].file);
		if (star_open(&star, yaml, 0, &err) < 0 || star_run(&star, count, &seen, &err) < 0)
			fail_msg("%s", err.text);
		double bits[3] = {0};
		for (size_t k = 0; k < seen.n; k++) // the rest of the queue leaves after the run's end
			if (seen.deliver_ns[k] < 3 * NS_PER_S)
				bits[seen.deliver_ns[k] / NS_PER_S] += 8. * FRAME;
		for (int second = 0; second < 3; second++) {
			double mbps = bits[second] / 1e6, offered = 20. * FRAME / SIZE;
			double expected = cases[i].mbps[second] == 20 ? offered : cases[i].mbps[second];
			if (fabs(mbps - expected) > .02 * expected + 1e-9)
				fail_msg("%s: %.3f Mbit/s in second %d, expected %.3f", cases[i].file, mbps,
					 second, expected);
		}
		star_close(&star);
	}
}

// cell.trace.start, ues.trace.start: seconds of the day become the run's.
static void traces_outside_the_run_need_a_start(void **state)
{
	(void)state;
	struct star star;
	struct err err;
	const char *yaml =
	    "duration: 10s\ncell: {trace: {gain: " TRACES "/clock45296.gain%s}}\nues: {count: 1}\n";
	char text[600];
	snprintf(text, sizeof(text), yaml, "");
	assert_true(star_open(&star, text, 0, &err) < 0);
	assert_non_null(strstr(err.text, "cell.trace.start: 45296s"));
	snprintf(text, sizeof(text), yaml, ", start: 45296s");
	if (star_open(&star, text, 0, &err) < 0)
		fail_msg("%s", err.text);
	star_close(&star);
	write_file("time_s,ue,network,deadline_s\n100,ue1,mobilenet-v2,1\n");
	yaml = "duration: 10s\nues: {count: 1, arrivals: {kind: trace, trace: %s%s}}\n";
	snprintf(text, sizeof(text), yaml, path, "");
	assert_true(star_open(&star, text, 0, &err) < 0);
	assert_non_null(strstr(err.text, "ues.arrivals.start: 100s"));
	snprintf(text, sizeof(text), yaml, path, ", start: 95s");
	if (star_open(&star, text, 0, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(star.topology->ue[0].arrivals.rows[0].at_ns, 5 * NS_PER_S);
	star_close(&star);
}

static double at(const json_t *o, const char *a, const char *b);

// An upload that meets an outage goes on when the gain is back.
static void uploads_outlast_an_outage(void **state)
{
	(void)state;
	char yaml[600];
	struct star star;
	struct err err;
	write_file("time_s,ue,gain_db\n0,ue1,-80\n0.02,ue1,-250\n0.5,ue1,-80\n");
	snprintf(
	    yaml, sizeof(yaml),
	    "duration: 1s\npolicy: ps\ncell: {bandwidth: 4MHz, queue: 8KiB, trace: {gain: %s}}\n"
	    "ues: {count: 1, deadline: 200ms, arrivals: {period: 1s}, device: {power_max: 100W}}\n" REPLAY,
	    path);
	if (star_open(&star, yaml, 0, &err) < 0 || star_run(&star, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
	json_t *results = star_results(&star), *tasks = json_object_get(results, "tasks");
	assert_true(at(tasks, "offloaded", NULL) == 1 && at(tasks, "done", NULL) == 1);
	double latency_ms = at(tasks, "latency_ms", "mean");
	printf("  an upload over an outage of 480 ms: %.1f ms\n", latency_ms);
	assert_true(latency_ms > 480 && latency_ms < 1000);
	json_decref(results);
	star_close(&star);
}

static double at(const json_t *o, const char *a, const char *b)
{
	o = json_object_get(o, a);
	return json_number_value(b ? json_object_get(o, b) : o);
}

// Receive and idle power change nothing but their own parts, and parts add up: of tasks and of the whole run.
static void parts_of_the_energy_add_up(void **state)
{
	(void)state;
	json_t *results[2];
	for (int i = 0; i < 2; i++) {
		char yaml[400];
		struct star star;
		struct err err;
		snprintf(yaml, sizeof(yaml),
			 "duration: 3s\npolicy: ip-ssa\ncell: {bandwidth: 4MHz}\nues: {count: 3%s}\n" REPLAY,
			 i ? ", radio: {receive: 300mW, idle: 20mW}" : "");
		if (star_open(&star, yaml, 0, &err) < 0 || star_run(&star, NULL, NULL, &err) < 0)
			fail_msg("%s", err.text);
		results[i] = star_results(&star);
		star_close(&star);
	}
	for (size_t ue = 0; ue < 3; ue++) {
		const json_t *plain = json_array_get(json_object_get(results[0], "ues"), ue),
			     *drawn = json_array_get(json_object_get(results[1], "ues"), ue),
			     *whole = json_array_get(json_object_get(results[1], "radio_energy"), ue);
		double tasks = at(drawn, "done", NULL);
		assert_true(at(plain, "receive_mj", NULL) == 0 && at(plain, "idle_mj", NULL) == 0);
		assert_true(at(plain, "transmit_mj", NULL) == at(drawn, "transmit_mj", NULL));
		assert_true(at(drawn, "receive_mj", NULL) > 0 && at(drawn, "idle_mj", NULL) > 0);
		double parts = at(drawn, "compute_mj", NULL) + at(drawn, "transmit_mj", NULL) +
			       at(drawn, "receive_mj", NULL) + at(drawn, "idle_mj", NULL);
		assert_true(fabs(at(drawn, "energy_mj", "mean") / parts - 1) < 1e-12);
		assert_true(at(drawn, "energy_error", "p50") == at(plain, "energy_error", "p50"));
		parts =
		    at(whole, "transmit_j", NULL) + at(whole, "receive_j", NULL) + at(whole, "idle_j", NULL);
		assert_true(fabs(at(whole, "total_j", NULL) / parts - 1) < 1e-12);
		// Nothing is received but for tasks; the run idles longer than they do.
		assert_true(
		    fabs(at(whole, "receive_j", NULL) / (1e-3 * tasks * at(drawn, "receive_mj", NULL)) - 1) <
		    1e-6);
		assert_true(at(whole, "idle_j", NULL) > 1e-3 * tasks * at(drawn, "idle_mj", NULL));
		assert_true(at(whole, "idle_j", NULL) <= .02 * at(whole, "span_s", NULL));
	}
	json_decref(results[0]);
	json_decref(results[1]);
}

// Whoever shares how, and whatever is repeated: what sending costs on average is known before.
static void plans_in_shared_bands_know_the_energy(void **state)
{
	(void)state;
	static const char *const cells[] = {"grant: equal-share",
					    "grant: round-robin",
					    "grant: proportional-fair",
					    "grant: earliest-deadline",
					    "grant: own-band",
					    "grant: own-band, harq: {kind: fixed, bler: 20%}",
					    "grant: equal-share, harq: {kind: fixed, bler: 20%}",
					    "grant: round-robin, rate: {kind: nr}, harq: {kind: radio}"};
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char yaml[600];
		struct star star;
		struct err err;
		snprintf(yaml, sizeof(yaml),
			 "duration: 20s\npolicy: ip-ssa\ncell: {bandwidth: 10MHz, %s}\n"
			 "ues: {count: 4, distance: 40m..90m, deadline: 140ms, arrivals: {period: "
			 "400ms}}\n" REPLAY,
			 cells[i]);
		if (star_open(&star, yaml, 0, &err) < 0 || star_run(&star, NULL, NULL, &err) < 0)
			fail_msg("%s: %s", cells[i], err.text);
		json_t *results = star_results(&star), *tasks = json_object_get(results, "tasks");
		double off = at(tasks, "energy_mj", "mean") / at(tasks, "plan_energy_mj", NULL) - 1;
		printf("  %s: %.0f of %.0f offloaded, sending %.3f mJ, energy off by %+.3f %%, latency by "
		       "%.2f %%, "
		       "%.0f late\n",
		       cells[i], at(tasks, "offloaded", NULL), at(tasks, "done", NULL),
		       at(tasks, "transmit_mj", NULL), 100 * off, 100 * at(tasks, "latency_error", "p50"),
		       at(tasks, "promised_but_missed", NULL));
		assert_true(at(tasks, "offloaded", NULL) > 100);
		assert_true(fabs(off) < .01);
		json_decref(results);
		star_close(&star);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(backlog_leaves_with_the_opportunities),
	    cmocka_unit_test(rows_are_met_at_their_instants),
	    cmocka_unit_test(bad_traces_are_refused_with_their_line),
	    cmocka_unit_test(an_outage_is_an_outage),
	    cmocka_unit_test(traces_outside_the_run_need_a_start),
	    cmocka_unit_test(uploads_outlast_an_outage),
	    cmocka_unit_test(parts_of_the_energy_add_up),
	    cmocka_unit_test(plans_in_shared_bands_know_the_energy),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
