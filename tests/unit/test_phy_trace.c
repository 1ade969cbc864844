// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/unit/test_phy.h"
#include "base/clock.h"
#include "base/rng.h"
#include "phy/decibel.h"
#include "phy/trace/delivery.h"
#include "phy/trace/gain.h"
#include "phy/trace/link.h"
#include "phy/trace/waypoint.h"

static char path[] = "/tmp/airbatch-trace-XXXXXX";
static const char *const ue_names[] = {"ue0", "ue1"};
static const struct series_ues ues = {2, ue_names};

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

static void write_bytes(const char *text, size_t size)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void write_file(const char *text)
{
	write_bytes(text, strlen(text));
}

// The sentence names the file, the line where there is one, and what is wrong.
static void assert_refused(int failed, const struct err *err, int line, const char *words)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), line ? "%s:%d: " : "%s ", path, line);
	if (failed >= 0 || strncmp(err->text, prefix, strlen(prefix)) != 0 || !strstr(err->text, words))
		fail_msg("rc %d, '%s': expected '%s...%s...'", failed, err->text, prefix, words);
}

struct refusal {
	const char *text;
	int line; // 0 = of the file as a whole
	const char *words;
};

static const char gain_file[] = "# made by hand\n"
				"time_s,ue,gain_db\n"
				"0, ue0, -90\r\n"
				"0,ue1,-100\n"
				"\n"
				"0.5,ue0,-91\n"
				"1,ue0,-92\n"
				"1,ue1,-101";

static void gains_hold_between_their_rows(void **state)
{
	(void)state;
	static const struct {
		double t_s, ue0[3], ue1[3]; // hold, loop, stop; the trace lasts 1.5 s
	} rows[] = {
	    {0, {-90, -90, -90}, {-100, -100, -100}},
	    {0.499, {-90, -90, -90}, {-100, -100, -100}},
	    {0.5, {-91, -91, -91}, {-100, -100, -100}},
	    {1.2, {-92, -92, -92}, {-101, -101, -101}},
	    {1.5, {-92, -90, DB_FLOOR}, {-101, -100, DB_FLOOR}},
	    {2.1, {-92, -91, DB_FLOOR}, {-101, -100, DB_FLOOR}},
	    {301.1, {-92, -92, DB_FLOOR}, {-101, -101, DB_FLOOR}},
	};
	write_file(gain_file);
	for (int end = TRACE_HOLD; end <= TRACE_STOP; end++) {
		struct gain_trace g;
		struct err err;
		assert_int_equal(gain_trace_load(&g, path, &ues, (enum trace_end)end, &err), 0);
		for (int i = 0; i < COUNT(rows); i++) {
			assert_near(gain_trace_db(&g, 0, s_to_ns(rows[i].t_s)), rows[i].ue0[end], 0);
			assert_near(gain_trace_db(&g, 1, s_to_ns(rows[i].t_s)), rows[i].ue1[end], 0);
		}
		gain_trace_free(&g);
	}
}

static void a_late_first_row_holds_backwards(void **state)
{
	(void)state;
	write_file("time_s,ue,gain_db\n5,ue0,-80\n5,ue1,-70\n");
	for (int end = TRACE_HOLD; end <= TRACE_LOOP; end++) {
		struct gain_trace g;
		assert_int_equal(gain_trace_load(&g, path, &ues, (enum trace_end)end, NULL), 0);
		for (double t = 0; t < 20;
		     t += 0.7) // a single instant has no length: looping it is holding it
			assert_near(gain_trace_db(&g, 1, s_to_ns(t)), -70, 0);
		gain_trace_free(&g);
	}
}

static void bad_gain_files_are_refused(void **state)
{
	(void)state;
	static const struct refusal bad[] = {
	    {"", 0, "is empty"},
	    {"# nothing\n\n", 0, "is empty"},
	    {"time_s,ue,gain_db\n", 0, "no rows"},
	    {"0,ue0,-90\n", 1, "must name it time_s"},
	    {"time_s,ue,gain\n0,ue0,-90\n", 1, "must name it gain_db"},
	    {"time_s,ue\n0,ue0\n", 1, "2 fields instead of the 3"},
	    {"time_s,ue,gain_db\n0,ue0\n", 2, "2 fields instead of the 3"},
	    {"time_s,ue,gain_db\n0,ue0,-90,1\n", 2, "4 fields"},
	    {"time_s,ue,gain_db\n0,ue0,-90\n0,ue2,-90\n", 3, "no UE 'ue2'"},
	    {"time_s,ue,gain_db\n1,ue0,-90\n0.9,ue1,-90\n", 3, "goes back"},
	    {"time_s,ue,gain_db\n1,ue0,-90\n1,ue0,-91\n", 3, "two rows"},
	    {"time_s,ue,gain_db\n1,ue0,-90\n", 0, "no row for ue1"},
	    {"time_s,ue,gain_db\n1,ue0,loud\n", 2, "'loud' is not a number"},
	    {"time_s,ue,gain_db\n1,ue0,-90dB\n", 2, "not a number"},
	    {"time_s,ue,gain_db\n1,ue0,nan\n", 2, "not a number"},
	    {"time_s,ue,gain_db\n1,ue0,-inf\n", 2, "not a number"},
	    {"time_s,ue,gain_db\n1,ue0,0x10\n", 2, "not a number"},
	    {"time_s,ue,gain_db\n1,ue0,\n", 2, "'' is not a number"},
	    {"time_s,ue,gain_db\n1,ue0,-1e9\n", 2, "outside"},
	    {"time_s,ue,gain_db\n-1,ue0,-90\n", 2, "outside"},
	    {"time_s,ue,gain_db\n1e300,ue0,-90\n", 2, "outside"},
	};
	for (int i = 0; i < COUNT(bad); i++) {
		struct gain_trace g;
		struct err err = {""};
		write_file(bad[i].text);
		int failed = gain_trace_load(&g, path, &ues, TRACE_HOLD, &err);
		assert_refused(failed, &err, bad[i].line, bad[i].words);
	}
	struct gain_trace g;
	struct err err;
	assert_int_equal(gain_trace_load(&g, "/nowhere/gain.csv", &ues, TRACE_HOLD, &err), -ENOENT);
	char long_line[1000];
	memset(long_line, '1', sizeof(long_line));
	write_bytes(long_line, sizeof(long_line));
	assert_refused(gain_trace_load(&g, path, &ues, TRACE_HOLD, &err), &err, 1, "longer than");
	write_bytes("time_s,ue\0,gain_db\n", 19);
	assert_refused(gain_trace_load(&g, path, &ues, TRACE_HOLD, &err), &err, 1, "zero byte");
}

static void waypoints_are_joined_by_straight_lines(void **state)
{
	(void)state;
	write_file("time_s,ue,x,y,z\n0,ue0,0,0,1\n1,ue1,5,5,5\n2,ue0,6,8,1\n3,ue0,6,8,1\n4,ue0,6,9,1\n");
	struct waypoint_trace w;
	struct err err;
	assert_int_equal(waypoint_trace_load(&w, path, &ues, TRACE_HOLD, &err), 0);
	double way;
	struct position p = waypoint_trace_at(&w, 0, NS_PER_S, &way);
	assert_true(p.x_m == 3 && p.y_m == 4 && p.z_m == 1 && way == 5);
	p = waypoint_trace_at(&w, 0, 2500 * NS_PER_MS, &way); // standing
	assert_true(p.x_m == 6 && p.y_m == 8 && way == 10);
	p = waypoint_trace_at(&w, 0, 100 * NS_PER_S, &way);
	assert_true(p.x_m == 6 && p.y_m == 9 && way == 11);
	p = waypoint_trace_at(&w, 1, 0, &way);
	assert_true(p.x_m == 5 && way == 0);
	waypoint_trace_free(&w);

	assert_int_equal(waypoint_trace_load(&w, path, &ues, TRACE_LOOP, &err),
			 0); // the last row lasts 1 s: 5 s a round
	p = waypoint_trace_at(&w, 0, 11 * NS_PER_S, &way);
	assert_true(p.x_m == 3 && p.y_m == 4);
	assert_near(way, 2 * 11 + 5, 1e-9);
	waypoint_trace_free(&w);

	write_file("time_s,ue,x,y,z\n0,ue0,0,0\n");
	assert_refused(waypoint_trace_load(&w, path, &ues, TRACE_HOLD, &err), &err, 2,
		       "4 fields instead of the 5");
}

// mahimahi: opportunity k is at (k / n) last + ms[k % n]; the counts agree with the instants.
static void deliveries_come_as_in_mahimahi(void **state)
{
	(void)state;
	static const int64_t ms[] = {0, 0, 3, 7, 7, 7, 10};
	write_file("0\n0\n3\n7\n7\n7\n10\n");
	struct delivery_trace d;
	struct err err;
	assert_int_equal(delivery_trace_load(&d, path, TRACE_LOOP, &err), 0);
	assert_near(delivery_trace_bps(&d), 7 * 1504 * 8 / 0.01, 1e-6);
	for (uint64_t k = 0; k < 100; k++)
		assert_int_equal(delivery_trace_ns(&d, k), ((int64_t)(k / 7) * 10 + ms[k % 7]) * NS_PER_MS);
	delivery_trace_free(&d);
	for (int end = TRACE_HOLD; end <= TRACE_STOP; end++) {
		assert_int_equal(delivery_trace_load(&d, path, (enum trace_end)end, &err), 0);
		for (int64_t t = 0; t < 100 * NS_PER_MS; t += 123457) {
			uint64_t n = 0;
			while (n < 1000 && delivery_trace_ns(&d, n) <= t)
				n++;
			assert_int_equal(delivery_trace_count(&d, t), n);
		}
		if (end == TRACE_STOP)
			assert_true(delivery_trace_ns(&d, 7) == TIME_NEVER);
		for (uint64_t k = 1; k < 50; k++)
			assert_true(delivery_trace_ns(&d, k) >= delivery_trace_ns(&d, k - 1));
		delivery_trace_free(&d);
	}
	assert_int_equal(delivery_trace_load(&d, path, TRACE_HOLD, &err), 0);
	for (uint64_t k = 1; k < 50; k++) // held: the mean rate of 7 in 10 ms goes on evenly
		assert_near((double)delivery_trace_ns(&d, 6 + k), 1e7 + (double)k * 1e7 / 7, 1);
	delivery_trace_free(&d);
}

static void bad_delivery_files_are_refused(void **state)
{
	(void)state;
	static const struct refusal bad[] = {
	    {"", 0, "is empty"},
	    {"0\n", 0, "lasts 0 ms"},
	    {"5\n4\n", 2, "goes back"},
	    {"1\n2.5\n", 2, "not a whole number"},
	    {"1\n-2\n", 2, "not a whole"},
	    {"1\n2,3\n", 2, "2 fields"},
	    {"1\n99999999999\n", 2, "more than"},
	    {"1\n99999999999999999999999\n", 2, "more than"},
	};
	for (int i = 0; i < COUNT(bad); i++) {
		struct delivery_trace d;
		struct err err = {""};
		write_file(bad[i].text);
		int failed = delivery_trace_load(&d, path, TRACE_LOOP, &err);
		assert_refused(failed, &err, bad[i].line, bad[i].words);
	}
}

static void link_rows_last_as_long_as_they_are_kept(void **state)
{
	(void)state;
	write_file("keep,latency,rate,loss,limit\n1000,5000000,10000000,0,100\n500,7000000,0,4294967295,0\n");
	struct link_trace l;
	struct err err;
	int64_t until;
	assert_int_equal(link_trace_load(&l, path, TRACE_LOOP, &err), 0);
	struct link_state s = link_trace_at(&l, 999999, &until);
	assert_true(s.latency_ns == 5000000 && s.rate_bps == 1e7 && s.loss == 0 && s.limit == 100 && !s.dead);
	assert_int_equal(until, 1000000);
	s = link_trace_at(&l, 1000000, &until);
	assert_true(s.latency_ns == 7000000 && s.rate_bps == 0 && s.loss == 1 && s.limit == 0);
	assert_int_equal(until, 1500000);
	s = link_trace_at(&l, 10 * 1500000 + 1, &until);
	assert_true(s.latency_ns == 5000000 && until == 10 * 1500000 + 1000000);
	link_trace_free(&l);

	assert_int_equal(link_trace_load(&l, path, TRACE_HOLD, &err), 0);
	s = link_trace_at(&l, NS_PER_S, &until);
	assert_true(s.latency_ns == 7000000 && until == TIME_NEVER && !s.dead);
	link_trace_at(&l, 1200000, &until);
	assert_true(until == TIME_NEVER);
	link_trace_free(&l);

	assert_int_equal(link_trace_load(&l, path, TRACE_STOP, &err), 0);
	link_trace_at(&l, 1200000, &until);
	assert_int_equal(until, 1500000);
	s = link_trace_at(&l, 1500000, NULL);
	assert_true(s.dead && s.loss == 1);
	link_trace_free(&l);

	write_file("1000,5,2,10000000,0,100,0,0,1\n");
	assert_int_equal(link_trace_load(&l, path, TRACE_HOLD, &err), 0);
	s = link_trace_at(&l, 0, NULL);
	assert_true(s.latency_ns == 5 && s.jitter_ns == 2 && s.rate_bps == 1e7 && s.limit == 100);
	link_trace_free(&l);
}

static void bad_link_files_are_refused(void **state)
{
	(void)state;
	static const struct refusal bad[] = {
	    {"", 0, "is empty"},
	    {"keep,latency,rate,loss,limit\n", 0, "is empty"},
	    {"1,2,3,4\n", 1, "4 fields instead of the 5"},
	    {"1,2,3,4,5\n1,2,3,4\n", 2, "4 fields, the first row has 5"},
	    {"0,2,3,4,5\n", 1, "keep_us is 0"},
	    {"1,2,3,4294967296,5\n", 1, "loss 4294967296 is more than"},
	    {"1,2,3.5,4,5\n", 1, "rate_bps '3.5'"},
	    {"1,2,-1,4,5\n", 1, "rate_bps '-1'"},
	    {"1,2,3,4,5\nkeep,latency,rate,loss,limit\n", 2, "keep_us 'keep'"},
	    {"1,2,0,3,4,5,7,0\n", 1, "duplication is not modelled"},
	};
	for (int i = 0; i < COUNT(bad); i++) {
		struct link_trace l;
		struct err err = {""};
		write_file(bad[i].text);
		int failed = link_trace_load(&l, path, TRACE_HOLD, &err);
		assert_refused(failed, &err, bad[i].line, bad[i].words);
	}
}

// Any byte of a file may be wrong: it loads or it is refused with a sentence, and what loads gives finite
// numbers.
static void damaged_files_never_crash(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 0);
	int loaded = 0;
	for (int i = 0; i < 3000; i++) {
		char damaged[sizeof(gain_file)];
		memcpy(damaged, gain_file, sizeof(gain_file));
		for (uint64_t n = 1 + rng_below(rng, 3); n > 0; n--)
			damaged[rng_below(rng, sizeof(gain_file) - 1)] = (char)rng_below(rng, 256);
		write_bytes(damaged, 1 + rng_below(rng, sizeof(gain_file) - 1));
		struct gain_trace g;
		struct delivery_trace d;
		struct link_trace l;
		struct err err = {""};
		if (gain_trace_load(&g, path, &ues, TRACE_LOOP, &err) == 0) {
			loaded++;
			assert_true(isfinite(gain_trace_db(&g, 0, 77 * NS_PER_S)));
			gain_trace_free(&g);
		} else {
			assert_non_null(strstr(err.text, path));
		}
		if (delivery_trace_load(&d, path, TRACE_LOOP, &err) == 0)
			delivery_trace_free(&d);
		if (link_trace_load(&l, path, TRACE_LOOP, &err) == 0)
			link_trace_free(&l);
	}
	print_message("%d of 3000 damaged files still made sense\n", loaded);
	rng_free(rng);
}

// What planners and buffers ask of a trace, against sums over its rows.
static void extremes_and_recent_rates(void **state)
{
	(void)state;
	struct err err;
	struct delivery_trace d;
	struct link_trace l;
	write_file("1\n1\n1\n1\n500\n1500\n2000\n");
	assert_int_equal(delivery_trace_load(&d, path, TRACE_LOOP, &err), 0);
	const double bits = 8. * DELIVERY_BYTES;
	assert_true(delivery_trace_recent_bps(&d, 0) == 5 * bits); // the first second's
	assert_true(delivery_trace_recent_bps(&d, 1400 * NS_PER_MS) == bits);
	assert_true(delivery_trace_recent_bps(&d, 2001 * NS_PER_MS) == 6 * bits); // of two periods
	assert_int_equal(delivery_trace_airtime_ns(&d, NS_PER_MS), NS_PER_MS / 4);
	assert_int_equal(delivery_trace_airtime_ns(&d, 500 * NS_PER_MS), NS_PER_MS);
	assert_int_equal(delivery_trace_airtime_ns(&d, 2001 * NS_PER_MS), NS_PER_MS / 4);
	delivery_trace_free(&d);
	write_file("1000,5000,100,9000,0,0,0,0\n1000,2000,1000,8000,0,0,0,0\n");
	assert_int_equal(link_trace_load(&l, path, TRACE_LOOP, &err), 0);
	assert_true(l.has_jitter);
	assert_true(link_trace_most_bps(&l) == 9000);
	assert_int_equal(link_trace_most_way_ns(&l), 2000 + 5 * 1000);
	link_trace_free(&l);
	write_file("1000,5000,9000,0,0\n1000,5000,0,0,0\n");
	assert_int_equal(link_trace_load(&l, path, TRACE_LOOP, &err), 0);
	assert_true(!l.has_jitter && link_trace_most_bps(&l) == 9000);
	link_trace_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gains_hold_between_their_rows),
	    cmocka_unit_test(a_late_first_row_holds_backwards),
	    cmocka_unit_test(bad_gain_files_are_refused),
	    cmocka_unit_test(waypoints_are_joined_by_straight_lines),
	    cmocka_unit_test(deliveries_come_as_in_mahimahi),
	    cmocka_unit_test(bad_delivery_files_are_refused),
	    cmocka_unit_test(link_rows_last_as_long_as_they_are_kept),
	    cmocka_unit_test(bad_link_files_are_refused),
	    cmocka_unit_test(damaged_files_never_crash),
	    cmocka_unit_test(extremes_and_recent_rates),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
