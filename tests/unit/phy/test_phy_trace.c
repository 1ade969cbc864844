// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tests/unit/phy/test_phy.h"
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
#define AT(end_) (&(struct trace_time){.end = (enum trace_end)(end_)})

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

// The sentence names the file, the line where there is one, what is wrong, the form that is wanted and the
// importer that makes it.
static void assert_refused(int failed, const struct err *err, int line, const char *words)
{
	char prefix[64];
	snprintf(prefix, sizeof(prefix), line ? "%s:%d: " : "%s ", path, line);
	if (failed >= 0 || strncmp(err->text, prefix, strlen(prefix)) != 0 || !strstr(err->text, words) ||
	    !strstr(err->text, "; wanted: ") || !strstr(err->text, "`airbatch import-trace"))
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
		assert_int_equal(gain_trace_load(&g, path, &ues, AT(end), &err), 0);
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
		assert_int_equal(gain_trace_load(&g, path, &ues, AT(end), NULL), 0);
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
	    {"time_s,ue,gain_db\n0,ue0,0.001\n", 2, "gain_db 0.001 is outside -300 .. 0"},
	    {"time_s;ue;gain_db\n0;ue0;-90\n", 1, "separated by commas"},
	    {"time_s\tue\tgain_db\n", 1, "1 fields instead of the 3"},
	    {"time_s,ue,gain_db\n0,5,ue0,-70,5\n", 2, "5 fields"},
	    {"time_s,ue,gain_db\n1e300,ue0,-90\n", 2, "outside"},
	};
	for (int i = 0; i < COUNT(bad); i++) {
		struct gain_trace g;
		struct err err = {""};
		write_file(bad[i].text);
		int failed = gain_trace_load(&g, path, &ues, AT(TRACE_HOLD), &err);
		assert_refused(failed, &err, bad[i].line, bad[i].words);
	}
	struct gain_trace g;
	struct err err;
	assert_int_equal(gain_trace_load(&g, "/nowhere/gain.csv", &ues, AT(TRACE_HOLD), &err), -ENOENT);
	char long_line[1000];
	memset(long_line, '1', sizeof(long_line));
	write_bytes(long_line, sizeof(long_line));
	assert_refused(gain_trace_load(&g, path, &ues, AT(TRACE_HOLD), &err), &err, 1, "longer than");
	write_bytes("time_s,ue\0,gain_db\n", 19);
	assert_refused(gain_trace_load(&g, path, &ues, AT(TRACE_HOLD), &err), &err, 1, "zero byte");
}

static void waypoints_are_joined_by_straight_lines(void **state)
{
	(void)state;
	write_file("time_s,ue,x,y,z\n0,ue0,0,0,1\n1,ue1,5,5,5\n2,ue0,6,8,1\n3,ue0,6,8,1\n4,ue0,6,9,1\n");
	struct waypoint_trace w;
	struct err err;
	assert_int_equal(waypoint_trace_load(&w, path, &ues, AT(TRACE_HOLD), &err), 0);
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

	assert_int_equal(waypoint_trace_load(&w, path, &ues, AT(TRACE_LOOP), &err),
			 0); // the last row lasts 1 s: 5 s a round
	p = waypoint_trace_at(&w, 0, 11 * NS_PER_S, &way);
	assert_true(p.x_m == 3 && p.y_m == 4);
	assert_near(way, 2 * 11 + 5, 1e-9);
	waypoint_trace_free(&w);

	write_file("time_s,ue,x,y,z\n0,ue0,0,0\n");
	assert_refused(waypoint_trace_load(&w, path, &ues, AT(TRACE_HOLD), &err), &err, 2,
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
	assert_int_equal(delivery_trace_load(&d, path, AT(TRACE_LOOP), &err), 0);
	assert_near(delivery_trace_bps(&d), 7 * 1514 * 8 / 0.01, 1e-6);
	for (uint64_t k = 0; k < 100; k++)
		assert_int_equal(delivery_trace_ns(&d, k), ((int64_t)(k / 7) * 10 + ms[k % 7]) * NS_PER_MS);
	delivery_trace_free(&d);
	for (int end = TRACE_HOLD; end <= TRACE_STOP; end++) {
		assert_int_equal(delivery_trace_load(&d, path, AT(end), &err), 0);
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
	assert_int_equal(delivery_trace_load(&d, path, AT(TRACE_HOLD), &err), 0);
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
		int failed = delivery_trace_load(&d, path, AT(TRACE_LOOP), &err);
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
	assert_int_equal(link_trace_load(&l, path, AT(TRACE_LOOP), &err), 0);
	struct link_state s = link_trace_at(&l, 999999, &until);
	assert_true(s.latency_ns == 5000000 && s.rate_bps == 1e7 && s.loss == 0 && s.limit == 100);
	assert_int_equal(until, 1000000);
	s = link_trace_at(&l, 1000000, &until);
	assert_true(s.latency_ns == 7000000 && s.rate_bps == 0 && s.loss == 1 && s.limit == 0);
	assert_int_equal(until, 1500000);
	s = link_trace_at(&l, 10 * 1500000 + 1, &until);
	assert_true(s.latency_ns == 5000000 && until == 10 * 1500000 + 1000000);
	link_trace_free(&l);

	assert_int_equal(link_trace_load(&l, path, AT(TRACE_HOLD), &err), 0);
	s = link_trace_at(&l, NS_PER_S, &until);
	assert_true(s.latency_ns == 7000000 && until == TIME_NEVER);
	link_trace_at(&l, 1200000, &until);
	assert_true(until == TIME_NEVER);
	link_trace_free(&l);

	assert_int_equal(link_trace_load(&l, path, AT(TRACE_STOP), &err), 0);
	link_trace_at(&l, 1200000, &until);
	assert_int_equal(until, 1500000);
	s = link_trace_at(&l, 1500000, NULL);
	assert_true(s.rate_bps == 0 && !s.of_radio);
	link_trace_free(&l);

	static const char *const longer[] = {"1000,5,2,10000000,0,100,0,0\n",
					     "1000,5,2,10000000,0,100,0,0,1\n",
					     "1000,5,2,10000000,0,100,0,0,1,3\n"};
	for (int i = 0; i < COUNT(longer); i++) {
		write_file(longer[i]);
		assert_int_equal(link_trace_load(&l, path, AT(TRACE_HOLD), &err), 0);
		s = link_trace_at(&l, 0, NULL);
		assert_true(s.latency_ns == 5 && s.jitter_ns == 2 && s.rate_bps == 1e7 && s.limit == 100);
		link_trace_free(&l);
	}
}

// Rate 0 is an outage, -1 no limit, `radio` the radio's; lines of text are ignored, however long.
static void rates_mean_what_theaterq_means(void **state)
{
	(void)state;
	char text[2000], remark[900];
	memset(remark, ',', sizeof(remark));
	remark[0] = 'x';
	remark[sizeof(remark) - 1] = '\0';
	snprintf(text, sizeof(text),
		 "keep,latency\n1000,0,0,0,0\n%s\n1000,0,-1,0,0\n-- part 2\n1000,0,radio,0,0\n", remark);
	write_file(text);
	struct link_trace l;
	struct err err;
	assert_int_equal(link_trace_load(&l, path, AT(TRACE_HOLD), &err), 0);
	assert_int_equal(l.n, 3);
	struct link_state s = link_trace_at(&l, 0, NULL);
	assert_true(s.rate_bps == 0 && !s.of_radio);
	s = link_trace_at(&l, NS_PER_MS, NULL);
	assert_true(isinf(s.rate_bps) && !s.of_radio);
	assert_true(link_trace_at(&l, 2 * NS_PER_MS, NULL).of_radio);
	assert_true(isinf(link_trace_before(&l).rate_bps));
	assert_true(isinf(link_trace_most_bps(&l)));
	link_trace_free(&l);
}

static void bad_link_files_are_refused(void **state)
{
	(void)state;
	static const struct refusal bad[] = {
	    {"", 0, "no row"},
	    {"keep,latency,rate,loss,limit\n", 0, "no row"},
	    {"1,2,3,4\n", 1, "4 fields instead of 5 or of 8 to 10"},
	    {"1,2,3,4,5,6,7,8,9,10,11\n", 1, "11 fields"},
	    {"1,2,3,4,5\n1,2,3,4\n", 2, "4 fields, the first row has 5"},
	    {"0,2,3,4,5\n", 1, "keep_us is 0"},
	    {"1,2,3,4294967296,5\n", 1, "loss 4294967296 is more than"},
	    {"1,2,3.5,4,5\n", 1, "rate_bps '3.5'"},
	    {"1,2,-2,4,5\n", 1, "rate_bps '-2'"},
	    {"1,2,Radio,4,5\n", 1, "rate_bps 'Radio'"},
	    {"-1,2,3,4,5\n", 1, "keep_us '-1'"},
	    {"1,2,0,3,4,5,7,0\n", 1, "duplication is not modelled"},
	};
	for (int i = 0; i < COUNT(bad); i++) {
		struct link_trace l;
		struct err err = {""};
		write_file(bad[i].text);
		int failed = link_trace_load(&l, path, AT(TRACE_HOLD), &err);
		assert_refused(failed, &err, bad[i].line, bad[i].words);
	}
}

// Started in the middle, a trace is what it was, later: in every form and for every end.
static void a_start_shifts_the_trace(void **state)
{
	(void)state;
	struct err err;
	const int64_t start_ns = 1300 * NS_PER_MS;
	for (int end = TRACE_HOLD; end <= TRACE_STOP; end++) {
		const struct trace_time at_0 = {.end = (enum trace_end)end},
					later = {.end = (enum trace_end)end, .start_ns = start_ns};
		struct gain_trace g[2];
		struct waypoint_trace w[2];
		struct delivery_trace d[2];
		struct link_trace l[2];
		write_file(gain_file);
		for (int i = 0; i < 2; i++)
			assert_int_equal(gain_trace_load(&g[i], path, &ues, i ? &later : &at_0, &err), 0);
		write_file("time_s,ue,x,y,z\n0,ue0,0,0,1\n1,ue1,5,5,5\n2,ue0,6,8,1\n");
		for (int i = 0; i < 2; i++)
			assert_int_equal(waypoint_trace_load(&w[i], path, &ues, i ? &later : &at_0, &err), 0);
		write_file("1\n700\n1300\n1300\n1700\n");
		for (int i = 0; i < 2; i++)
			assert_int_equal(delivery_trace_load(&d[i], path, i ? &later : &at_0, &err), 0);
		write_file("500000,1,10,0,0\n1000000,2,20,0,0\n");
		for (int i = 0; i < 2; i++)
			assert_int_equal(link_trace_load(&l[i], path, i ? &later : &at_0, &err), 0);
		for (int64_t now = 0; now < 8 * NS_PER_S; now += 50 * NS_PER_MS) {
			double way[2];
			int64_t until[2];
			assert_near(gain_trace_db(&g[1], 0, now), gain_trace_db(&g[0], 0, now + start_ns), 0);
			struct position p = waypoint_trace_at(&w[1], 0, now, &way[1]),
					q = waypoint_trace_at(&w[0], 0, now + start_ns, &way[0]);
			assert_true(p.x_m == q.x_m && p.y_m == q.y_m && way[0] == way[1]);
			struct link_state a = link_trace_at(&l[1], now, &until[1]),
					  b = link_trace_at(&l[0], now + start_ns, &until[0]);
			assert_true(a.rate_bps == b.rate_bps && a.latency_ns == b.latency_ns);
			assert_true(until[0] == until[1] || until[1] == until[0] - start_ns);
			assert_int_equal(delivery_trace_count(&d[1], now) + 2,
					 delivery_trace_count(&d[0], now + start_ns));
		}
		assert_int_equal(delivery_trace_ns(&d[1], 0), 0); // the third, and the run's first
		assert_int_equal(delivery_trace_ns(&d[1], 2), 400 * NS_PER_MS);
		for (int i = 0; i < 2; i++) {
			gain_trace_free(&g[i]);
			waypoint_trace_free(&w[i]);
			delivery_trace_free(&d[i]);
			link_trace_free(&l[i]);
		}
	}
}

static void assert_outside(int failed, const struct err *err, const char *words)
{
	if (failed != -EINVAL || strncmp(err->text, path, strlen(path)) != 0 || !strstr(err->text, words))
		fail_msg("rc %d, '%s': expected '%s ... %s'", failed, err->text, path, words);
}

// A trace that says nothing about the run's time is refused, with the key that shifts it and its value.
static void traces_outside_the_run_are_refused(void **state)
{
	(void)state;
	const struct trace_time run = {.run_ns = 10 * NS_PER_S, .start_key = "cell.trace.start"};
	struct trace_time shifted = run, beyond = run;
	struct gain_trace g;
	struct waypoint_trace w;
	struct delivery_trace d;
	struct link_trace l;
	struct err err;
	write_file("time_s,ue,gain_db\n45296,ue0,-70\n45296,ue1,-70\n45297,ue0,-71\n");
	assert_outside(gain_trace_load(&g, path, &ues, &run, &err), &err,
		       "begins at 45296 s, after the end of the run (10 s)");
	assert_non_null(strstr(err.text, "cell.trace.start: 45296s"));
	shifted.start_ns = 45296 * NS_PER_S;
	assert_int_equal(gain_trace_load(&g, path, &ues, &shifted, &err), 0);
	assert_true(gain_trace_db(&g, 0, 0) == -70 && gain_trace_db(&g, 0, NS_PER_S) == -71);
	gain_trace_free(&g);
	beyond.start_ns = 45298 * NS_PER_S;
	assert_outside(gain_trace_load(&g, path, &ues, &beyond, &err), &err, "ends at 45298 s");
	write_file("time_s,ue,x,y,z\n10,ue0,1,2,3\n10,ue1,1,2,3\n");
	assert_outside(waypoint_trace_load(&w, path, &ues, &run, &err), &err, "begins at 10 s");
	write_file("10000\n");
	assert_outside(delivery_trace_load(&d, path, &run, &err), &err, "begins at 10 s");
	write_file("1000,1,1,0,0\n");
	assert_outside(link_trace_load(&l, path, &shifted, &err), &err, "ends at 0.001 s");
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
		if (gain_trace_load(&g, path, &ues, AT(TRACE_LOOP), &err) == 0) {
			loaded++;
			assert_true(isfinite(gain_trace_db(&g, 0, 77 * NS_PER_S)));
			gain_trace_free(&g);
		} else {
			assert_non_null(strstr(err.text, path));
		}
		if (delivery_trace_load(&d, path, AT(TRACE_LOOP), &err) == 0)
			delivery_trace_free(&d);
		if (link_trace_load(&l, path, AT(TRACE_LOOP), &err) == 0)
			link_trace_free(&l);
	}
	print_message("%d of 3000 damaged files still made sense\n", loaded);
	rng_free(rng);
}

// Files that people brought (tests/data/traces): what each of them means, or how it is refused.
static const char *the_case(const char *name)
{
	static char file[300];
	snprintf(file, sizeof(file), TRACES "/%s", name);
	return file;
}

static void foreign_links_mean_what_their_makers_meant(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t rows;
		double first_bps, last_bps;
	} cases[] = {{"outage.link", 2, 5e6, 0},
		     {"minus1.link", 1, INFINITY, INFINITY},
		     {"ext10.link", 1, 5e6, 5e6},
		     {"midtext.link", 2, 5e6, 5e6},
		     {"bom.link", 1, 1e6, 1e6}};
	for (int i = 0; i < COUNT(cases); i++) {
		struct link_trace l;
		struct err err = {""};
		if (link_trace_load(&l, the_case(cases[i].name), AT(TRACE_LOOP), &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(l.n, cases[i].rows);
		assert_true(l.state[0].rate_bps == cases[i].first_bps);
		assert_true(l.state[l.n - 1].rate_bps == cases[i].last_bps);
		link_trace_free(&l);
	}
}

static void marks_and_line_ends_do_not_matter(void **state)
{
	(void)state;
	static const char *const deliveries[] = {"bom.delivery", "cr.delivery"};
	for (int i = 0; i < COUNT(deliveries); i++) {
		struct delivery_trace d;
		struct err err = {""};
		if (delivery_trace_load(&d, the_case(deliveries[i]), AT(TRACE_LOOP), &err) < 0)
			fail_msg("%s", err.text);
		assert_true(d.n == 3 && d.ms[0] == 1 && d.ms[1] == 2 && d.ms[2] == 3);
		delivery_trace_free(&d);
	}
	static const char *const one_name[] = {"ue1"};
	static const struct series_ues one = {1, one_name};
	struct gain_trace g;
	struct err err = {""};
	if (gain_trace_load(&g, the_case("bom.gain"), &one, AT(TRACE_HOLD), &err) < 0)
		fail_msg("%s", err.text);
	assert_true(gain_trace_db(&g, 0, 0) == -70 && gain_trace_db(&g, 0, NS_PER_S) == -80);
	gain_trace_free(&g);
	write_bytes("\xff\xfet\0i\0", 6);
	assert_refused(gain_trace_load(&g, path, &one, AT(TRACE_HOLD), &err), &err, 1, "UTF-16");
}

static void assert_case_refused(int failed, const struct err *err, const char *const words[3])
{
	for (int i = 0; i < 3; i++)
		if (failed != -EINVAL || !strstr(err->text, words[i]))
			fail_msg("rc %d, '%s': expected '%s'", failed, err->text, words[i]);
}

static void what_is_no_gain_and_no_delivery_is_refused(void **state)
{
	(void)state;
	static const char *const one_name[] = {"ue1"};
	static const struct series_ues one = {1, one_name};
	const struct trace_time run = {.run_ns = 10 * NS_PER_S, .start_key = "cell.trace.start"};
	struct gain_trace g;
	struct delivery_trace d;
	struct err err = {""};
	assert_case_refused(gain_trace_load(&g, the_case("decomma.gain"), &one, &run, &err), &err,
			    (const char *const[]){"decomma.gain:1: ", "columns are separated by commas",
						  "import-trace --from csv"});
	assert_case_refused(gain_trace_load(&g, the_case("loss.gain"), &one, &run, &err), &err,
			    (const char *const[]){"loss.gain:2: gain_db 70 is outside -300 .. 0",
						  "a loss of 70 dB is a gain of -70 dB",
						  "import-trace --from csv"});
	assert_case_refused(gain_trace_load(&g, the_case("clock45296.gain"), &one, &run, &err), &err,
			    (const char *const[]){"clock45296.gain begins at 45296 s",
						  "end of the run (10 s)", "cell.trace.start: 45296s"});
	assert_case_refused(delivery_trace_load(&d, the_case("pensieve.delivery"), &run, &err), &err,
			    (const char *const[]){"pensieve.delivery:1: milliseconds '0 12'",
						  "one line for each packet of 1500 bytes",
						  "--from pensieve of lines of seconds and Mbit/s"});
}

// What planners and buffers ask of a trace, against sums over its rows.
static void extremes_and_recent_rates(void **state)
{
	(void)state;
	struct err err;
	struct delivery_trace d;
	struct link_trace l;
	write_file("1\n1\n1\n1\n500\n1500\n2000\n");
	assert_int_equal(delivery_trace_load(&d, path, AT(TRACE_LOOP), &err), 0);
	const double bits = 8. * DELIVERY_FRAME_BYTES;
	assert_true(delivery_trace_recent_bps(&d, 0) == 5 * bits); // the first second's
	assert_true(delivery_trace_recent_bps(&d, 1400 * NS_PER_MS) == bits);
	assert_true(delivery_trace_recent_bps(&d, 2001 * NS_PER_MS) == 6 * bits); // of two periods
	assert_int_equal(delivery_trace_airtime_ns(&d, NS_PER_MS), NS_PER_MS / 4);
	assert_int_equal(delivery_trace_airtime_ns(&d, 500 * NS_PER_MS), NS_PER_MS);
	assert_int_equal(delivery_trace_airtime_ns(&d, 2001 * NS_PER_MS), NS_PER_MS / 4);
	delivery_trace_free(&d);
	write_file("1000,5000,100,9000,0,0,0,0\n1000,2000,1000,8000,0,0,0,0\n");
	assert_int_equal(link_trace_load(&l, path, AT(TRACE_LOOP), &err), 0);
	assert_true(l.has_jitter);
	assert_true(link_trace_most_bps(&l) == 9000);
	assert_int_equal(link_trace_most_way_ns(&l), 2000 + 5 * 1000);
	link_trace_free(&l);
	write_file("1000,5000,9000,0,0\n1000,5000,radio,0,0\n");
	assert_int_equal(link_trace_load(&l, path, AT(TRACE_LOOP), &err), 0);
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
	    cmocka_unit_test(rates_mean_what_theaterq_means),
	    cmocka_unit_test(bad_link_files_are_refused),
	    cmocka_unit_test(a_start_shifts_the_trace),
	    cmocka_unit_test(traces_outside_the_run_are_refused),
	    cmocka_unit_test(foreign_links_mean_what_their_makers_meant),
	    cmocka_unit_test(marks_and_line_ends_do_not_matter),
	    cmocka_unit_test(what_is_no_gain_and_no_delivery_is_refused),
	    cmocka_unit_test(damaged_files_never_crash),
	    cmocka_unit_test(extremes_and_recent_rates),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
