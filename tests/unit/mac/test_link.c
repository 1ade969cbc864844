// SPDX-License-Identifier: BSD-3-Clause
// Closed forms of the link model and of the counters file.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mac/counters.h"
#include "mac/link.h"

#define MBIT 1e6
#define MAX_OUT 4096

static struct link *one_ue(double up_bps, int64_t delay_ns, uint64_t limit_bytes)
{
	struct link_flow_config flows[LINK_DIRS] = {{up_bps, delay_ns, limit_bytes, 0},
						    {up_bps, delay_ns, limit_bytes, 0}};
	struct err err;
	struct link *link = link_new(&(struct link_config){.n_ues = 1, .flows = flows}, 0, &err);
	assert_non_null(link);
	return link;
}

static struct link_counters counters_at(struct link *link, enum link_dir dir, int64_t now)
{
	struct link_counters counters;
	link_read_counters(link, 0, dir, now, &counters);
	assert_int_equal(counters.enqueued_packets,
			 counters.packets + counters.drops + counters.queue_packets);
	assert_int_equal(counters.enqueued_bytes,
			 counters.bytes + counters.dropped_bytes + counters.queue_bytes);
	assert_true(counters.delivered_packets <= counters.packets);
	return counters;
}

// N packets at once leave at round(k * bits * 1e9 / rate), also when the time of one is not a whole
// nanosecond.
static void burst_leaves_at_the_rate(void **state)
{
	(void)state;
	static const double rates[] = {1e3,	   1 * MBIT,	3 * MBIT, 7.77 * MBIT,
				       100 * MBIT, 999999937.0, 1e10,	  1e12};
	static struct link_packet out[MAX_OUT];
	for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
		struct link *link = one_ue(rates[r], 0, UINT64_MAX);
		for (uint32_t i = 0; i < MAX_OUT; i++)
			assert_int_equal(link_enqueue(link, 0, LINK_UP, 1500, i, 17), 0);
		assert_int_equal(link_dequeue(link, TIME_NEVER - 1, out, MAX_OUT), MAX_OUT);
		for (uint32_t i = 0; i < MAX_OUT; i++) {
			int64_t expected = 17 + llroundl((i + 1) * 12000.0L * 1e9L / (long double)rates[r]);
			assert_true(llabs(out[i].end_ns - expected) <= 1);
			assert_int_equal(out[i].deliver_ns, out[i].end_ns);
			assert_int_equal(out[i].cookie, i);
			assert_int_equal(out[i].start_ns, i ? out[i - 1].end_ns : 17);
		}
		struct link_counters counters = counters_at(link, LINK_UP, TIME_NEVER - 1);
		long double airtime_ns = MAX_OUT * 12000.0L * 1e9L / (long double)rates[r];
		assert_true(fabsl((long double)counters.airtime_ns - airtime_ns) <= 1);
		link_free(link);
	}
}

// 0.1 microsecond of drift in a thousand seconds of backlog would show here: a rate with an endless binary
// fraction, ten million packets, enqueued as they fit.
static void long_backlog_does_not_drift(void **state)
{
	(void)state;
	const double rate = 3 * MBIT;
	const int64_t n = 10000000;
	struct link *link = one_ue(rate, 0, 6000);
	struct link_packet out = {0};
	int64_t sent = 0, now = 0;
	for (int64_t i = 0; i < n; i++) {
		while (link_enqueue(link, 0, LINK_UP, 1000, (uint64_t)i, now) == 0)
			;
		now = link_next_event(link);
		assert_int_equal(link_dequeue(link, now, &out, 1), 1);
		sent++;
	}
	int64_t expected = llroundl((long double)sent * 8000.0L * 1e9L / (long double)rate);
	assert_true(llabs(out.end_ns - expected) <= 1);
	link_free(link);
}

static void spaced_packets_wait_for_nobody(void **state)
{
	(void)state;
	struct link *link = one_ue(1 * MBIT, 5 * NS_PER_MS, 1 << 20);
	for (int64_t i = 0; i < 100; i++) {
		int64_t at = i * 20 * NS_PER_MS;
		struct link_packet out;
		link_enqueue(link, 0, LINK_DOWN, 1250, 7, at);
		assert_int_equal(link_next_event(link), at + 15 * NS_PER_MS);
		assert_int_equal(link_dequeue(link, at + 15 * NS_PER_MS - 1, &out, 1), 0);
		assert_int_equal(link_dequeue(link, at + 15 * NS_PER_MS, &out, 1), 1);
		assert_int_equal(out.start_ns, at);
		assert_int_equal(out.end_ns, at + 10 * NS_PER_MS);
		assert_int_equal(out.dir, LINK_DOWN);
		assert_int_equal(link_next_event(link), TIME_NEVER);
	}
	link_free(link);
}

// Departures do not depend on when somebody looks: a caller who comes a second late reads the same instants.
static void late_callers_change_nothing(void **state)
{
	(void)state;
	struct link *eager = one_ue(7 * MBIT, 3 * NS_PER_MS, 1 << 20),
		    *late = one_ue(7 * MBIT, 3 * NS_PER_MS, 1 << 20);
	struct link_packet a[64], b[64];
	size_t n_a = 0;
	for (int i = 0; i < 64; i++) {
		int64_t at = 10000LL * i * i;
		link_enqueue(eager, 0, LINK_UP, (uint32_t)(100 + i), 0, at);
		n_a += link_dequeue(eager, at, &a[n_a], 64 - n_a);
		link_enqueue(late, 0, LINK_UP, (uint32_t)(100 + i), 0, at);
	}
	n_a += link_dequeue(eager, NS_PER_S, &a[n_a], 64 - n_a);
	assert_int_equal(n_a, 64);
	assert_int_equal(link_dequeue(late, 2 * NS_PER_S, b, 64), 64);
	for (int i = 0; i < 64; i++) {
		assert_int_equal(a[i].start_ns, b[i].start_ns);
		assert_int_equal(a[i].end_ns, b[i].end_ns);
		assert_int_equal(a[i].deliver_ns, b[i].deliver_ns);
		assert_int_equal(a[i].bytes, b[i].bytes);
	}
	link_free(eager);
	link_free(late);
}

// 1250 bytes at 1 Mbit/s; after 4 ms 4000 bits are out, the other 6000 take 60 ms at 100 kbit/s.
static void rate_changes_inside_a_packet(void **state)
{
	(void)state;
	struct link *link = one_ue(1 * MBIT, 0, 1 << 20);
	struct link_packet out[2];
	link_enqueue(link, 0, LINK_UP, 1250, 1, 0);
	link_enqueue(link, 0, LINK_UP, 1250, 2, 0);
	assert_int_equal(link_set_rate(link, 0, LINK_UP, .1 * MBIT, 4 * NS_PER_MS), 0);
	assert_int_equal(link_next_event(link), 64 * NS_PER_MS);
	assert_int_equal(link_set_rate(link, 0, LINK_UP, 0, 34 * NS_PER_MS), 0); // 7000 bits are out
	assert_int_equal(link_next_event(link), TIME_NEVER);
	assert_int_equal(counters_at(link, LINK_UP, NS_PER_S).airtime_ns,
			 34 * NS_PER_MS); // standing still occupies nothing
	assert_int_equal(link_set_rate(link, 0, LINK_UP, 10 * MBIT, NS_PER_S), 0);
	assert_int_equal(link_dequeue(link, 2 * NS_PER_S, out, 2), 2);
	assert_int_equal(out[0].start_ns, 0);
	assert_int_equal(out[0].end_ns, NS_PER_S + 300 * NS_PER_US);
	assert_int_equal(out[1].end_ns, NS_PER_S + 1300 * NS_PER_US);
	assert_int_equal(counters_at(link, LINK_UP, 2 * NS_PER_S).airtime_ns,
			 34 * NS_PER_MS + 1300 * NS_PER_US);
	link_free(link);
}

static void rate_zero_holds_until_it_rises(void **state)
{
	(void)state;
	struct link *link = one_ue(0, NS_PER_MS, 1 << 20);
	struct link_packet out;
	link_enqueue(link, 0, LINK_UP, 125, 1, 0);
	assert_int_equal(link_next_event(link), TIME_NEVER);
	assert_int_equal(link_dequeue(link, 10 * NS_PER_S, &out, 1), 0);
	link_set_rate(link, 0, LINK_UP, 1 * MBIT, 20 * NS_PER_S);
	assert_int_equal(link_dequeue(link, 30 * NS_PER_S, &out, 1), 1);
	assert_int_equal(out.enqueued_ns, 0);
	assert_int_equal(out.start_ns, 20 * NS_PER_S);
	assert_int_equal(out.deliver_ns, 20 * NS_PER_S + 2 * NS_PER_MS);
	link_free(link);
}

// A queue of exactly three packets takes three, the one in transmission included, and a fourth once a bit is
// free.
static void full_queue_drops_the_tail(void **state)
{
	(void)state;
	struct link *link = one_ue(1 * MBIT, 50 * NS_PER_MS, 3750);
	for (int i = 0; i < 3; i++)
		assert_int_equal(link_enqueue(link, 0, LINK_UP, 1250, 0, 0), 0);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 1250, 0, 0), -ENOBUFS);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 1, 0, 10 * NS_PER_MS - 1), -ENOBUFS);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 1250, 0, 10 * NS_PER_MS),
			 0); // the first is out, not delivered
	assert_int_equal(link_enqueue(link, 0, LINK_DOWN, 1250, 0, 10 * NS_PER_MS),
			 0); // the other queue is its own
	struct link_counters counters = counters_at(link, LINK_UP, 10 * NS_PER_MS);
	assert_int_equal(counters.drops, 2);
	assert_int_equal(counters.dropped_bytes, 1251);
	assert_int_equal(counters.packets, 1);
	assert_int_equal(counters.queue_bytes, 3750);
	assert_int_equal(counters.delivered_packets, 0);
	link_free(link);
}

static void packet_limit_holds_too(void **state)
{
	(void)state;
	struct link_flow_config flows[LINK_DIRS] = {{1 * MBIT, 0, 1 << 20, 2}, {1 * MBIT, 0, 1 << 20, 0}};
	struct link *link = link_new(&(struct link_config){.n_ues = 1, .flows = flows}, 0, NULL);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 60, 0, 0), 0);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 60, 0, 0), 0);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 60, 0, 0), -ENOBUFS);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 60, 0, 480000), 0);
	link_free(link);
}

static void airtime_grows_during_a_transmission(void **state)
{
	(void)state;
	struct link *link = one_ue(1 * MBIT, 0, 1 << 20);
	link_enqueue(link, 0, LINK_UP, 1250, 0, 1000);
	assert_int_equal(counters_at(link, LINK_UP, 1000).airtime_ns, 0);
	assert_int_equal(counters_at(link, LINK_UP, 1000 + 3 * NS_PER_MS).airtime_ns, 3 * NS_PER_MS);
	assert_int_equal(counters_at(link, LINK_UP, 1000 + 3 * NS_PER_MS).bytes, 0);
	assert_int_equal(counters_at(link, LINK_UP, NS_PER_S).airtime_ns, 10 * NS_PER_MS);
	assert_int_equal(counters_at(link, LINK_UP, NS_PER_S).bytes, 1250);
	link_free(link);
}

static void wrong_values_are_refused(void **state)
{
	(void)state;
	struct err err;
	static const struct link_flow_config bad[] = {
	    {-1, 0, 1, 0}, {(double)NAN, 0, 1, 0}, {1e13, 0, 1, 0}, {1, -1, 1, 0}};
	for (size_t i = 0; i < 4; i++) {
		struct link_flow_config flows[LINK_DIRS] = {{1, 0, 1, 0}, bad[i]};
		errno = 0;
		assert_null(link_new(&(struct link_config){.n_ues = 1, .flows = flows}, 0, &err));
		assert_int_equal(errno, EINVAL);
		assert_non_null(strstr(err.text, "UE 0"));
	}
	assert_null(link_new(&(struct link_config){.n_ues = 0}, 0, &err));
	struct link *link = one_ue(1, 0, 1);
	assert_int_equal(link_enqueue(link, 1, LINK_UP, 1, 0, 0), -EINVAL);
	assert_int_equal(link_enqueue(link, 0, LINK_DIRS, 1, 0, 0), -EINVAL);
	assert_int_equal(link_enqueue(link, 0, LINK_UP, 0, 0, 0), -EINVAL);
	assert_int_equal(link_set_rate(link, 0, LINK_UP, (double)INFINITY, 0), -EINVAL);
	link_free(link);
}

static void drain_returns_every_cookie(void **state)
{
	(void)state;
	struct link *link = one_ue(1 * MBIT, NS_PER_MS, 1 << 20);
	uint64_t sum = 0, cookie;
	for (uint64_t i = 1; i <= 10; i++)
		link_enqueue(link, 0, i % 2 ? LINK_UP : LINK_DOWN, 100, i, 0);
	while (link_drain(link, &cookie))
		sum += cookie;
	assert_int_equal(sum, 55);
	link_free(link);
}

static void counters_file_says_what_was_stored(void **state)
{
	(void)state;
	char path[] = "/tmp/airbatch-counters-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	struct err err;
	assert_null(counters_open(path, &err)); // an empty file
	struct counters *writer = counters_create(path, 3, &err);
	assert_non_null(writer);
	struct counters *reader = counters_open(path, &err);
	assert_non_null(reader);
	assert_int_equal(counters_n_ues(reader), 3);
	struct link_counters values = {
	    .airtime_ns = 1LL << 40, .bytes = 1ULL << 41, .packets = 5, .drops = 6};
	counters_store(writer, 2, LINK_DOWN, &values, 77);
	struct counters_ue got;
	counters_load(reader, 2, &got);
	assert_int_equal(got.airtime_ns[LINK_DOWN], 1LL << 40);
	assert_int_equal(got.bytes[LINK_DOWN], 1ULL << 41);
	assert_int_equal(got.packets[LINK_DOWN], 5);
	assert_int_equal(got.drops[LINK_DOWN], 6);
	assert_int_equal(got.packets[LINK_UP], 0);
	assert_int_equal(ftruncate(fd, 64 + 2 * 64), 0);
	assert_null(counters_open(path, &err));
	assert_non_null(strstr(err.text, "too few"));
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_null(counters_open(path, &err));
	counters_close(reader);
	counters_close(writer);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(burst_leaves_at_the_rate),
	    cmocka_unit_test(long_backlog_does_not_drift),
	    cmocka_unit_test(spaced_packets_wait_for_nobody),
	    cmocka_unit_test(late_callers_change_nothing),
	    cmocka_unit_test(rate_changes_inside_a_packet),
	    cmocka_unit_test(rate_zero_holds_until_it_rises),
	    cmocka_unit_test(full_queue_drops_the_tail),
	    cmocka_unit_test(packet_limit_holds_too),
	    cmocka_unit_test(airtime_grows_during_a_transmission),
	    cmocka_unit_test(wrong_values_are_refused),
	    cmocka_unit_test(drain_returns_every_cookie),
	    cmocka_unit_test(counters_file_says_what_was_stored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
