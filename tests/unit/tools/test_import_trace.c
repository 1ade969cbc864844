// SPDX-License-Identifier: BSD-3-Clause
// Importers of traces: what each format's makers mean by it, that what is written is what the loaders of
// phy/trace read, and that any bytes are either understood or refused with their line.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "phy/decibel.h"
#include "phy/trace/delivery.h"
#include "phy/trace/gain.h"
#include "phy/trace/link.h"
#include "phy/trace/waypoint.h"
#include "tests/unit/phy/test_phy.h"
#include "tools/import_trace/moment.h"
#include "tools/import_trace/write.h"

static char path[] = "/tmp/airbatch-import-XXXXXX", made[] = "/tmp/airbatch-made-XXXXXX";
static const struct trace_time from_0 = {.end = TRACE_HOLD};

static int make_files(void **state)
{
	(void)state;
	int a = mkstemp(path), b = mkstemp(made);
	return a < 0 || b < 0 || close(a) < 0 || close(b) < 0;
}

static int remove_files(void **state)
{
	(void)state;
	return unlink(path) + unlink(made);
}

static void write_bytes(const char *text, size_t size)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static struct import_options csv_of(const char *time, const char *rate, const char *gain)
{
	return (struct import_options){
	    .time = time, .rate = rate, .gain = gain, .time_unit_s = 1, .rate_unit_bits = 1e6, .ues = 1};
}

static int read_text(struct samples *s, enum sample_kind *kind, const char *format, const char *text,
		     const struct import_options *o, struct err *err)
{
	write_bytes(text, strlen(text));
	*s = (struct samples){0};
	return importer_find(format)->read(s, kind, path, o, err);
}

static enum sample_kind read_well(struct samples *s, const char *format, const char *text,
				  const struct import_options *o)
{
	struct err err;
	enum sample_kind kind;
	if (read_text(s, &kind, format, text, o, &err) < 0)
		fail_msg("%s", err.text);
	samples_sort(s);
	return kind;
}

static struct trace_written write_made(const struct samples *s, enum sample_kind kind, enum trace_form form)
{
	struct err err;
	struct trace_written written;
	FILE *f = fopen(made, "w");
	const struct trace_output o = {.form = form, .start_ns = s->at[0].ns};
	assert_non_null(f);
	if (trace_write(f, s, kind, &o, &written, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(fclose(f), 0);
	return written;
}

// ---- times

static void clocks_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int kind; // -1: refused
		double value;
	} cases[] = {
	    {"45296.25", MOMENT_NUMBER, 45296.25},
	    {"-3e2", MOMENT_NUMBER, -300},
	    {"12:34:56", MOMENT_OF_DAY, 45296},
	    {"12:34:56.75", MOMENT_OF_DAY, 45296.75},
	    {"12:34:56,75", MOMENT_OF_DAY, 45296.75},
	    {"0:00", MOMENT_OF_DAY, 0},
	    {"3:04:05 PM", MOMENT_OF_DAY, 54245},
	    {"12:00:01 am", MOMENT_OF_DAY, 1},
	    {"2018-01-16 13:30:30", MOMENT_SINCE_1970, 1516109430},
	    {"2018-01-16T13:30:30.5Z", MOMENT_SINCE_1970, 1516109430.5},
	    {"2018-01-16T13:30:30+02:00", MOMENT_SINCE_1970, 1516102230},
	    {"2018-01-16T13:30:30-0530", MOMENT_SINCE_1970, 1516129230},
	    {"2018/01/16 13:30:30", MOMENT_SINCE_1970, 1516109430},
	    {"2018.01.16_13.30.30", MOMENT_SINCE_1970, 1516109430},
	    {"16.01.2018 13:30:30", MOMENT_SINCE_1970, 1516109430},
	    {"16/01/2018 13:30:30", -1, 0}, // or is it the 1st of a month 16?
	    {"", -1, 0},
	    {"nan", -1, 0},
	    {"0x10", -1, 0},
	    {"12:61", -1, 0},
	    {"25:00:00", -1, 0},
	    {"12:34:56 o'clock", -1, 0},
	    {"12.34.56", -1, 0},
	    {"2018-13-01 00:00:00", -1, 0},
	    {"99999999999999:00", -1, 0},
	};
	for (int i = 0; i < COUNT(cases); i++) {
		struct moment m;
		bool is_one = moment_parse(cases[i].text, &m);
		if (is_one != (cases[i].kind >= 0) ||
		    (is_one && ((int)m.kind != cases[i].kind || m.value != cases[i].value)))
			fail_msg("'%s': %d, kind %d, %.9g", cases[i].text, is_one, m.kind, m.value);
	}
}

// ---- tables

// One log in many dresses.
static void one_table_in_many_dresses(void **state)
{
	(void)state;
	static const char *const dresses[] = {
	    "time,rate\n0.5,1.25\n1.5,0\n3,2\n",
	    "\xef\xbb\xbftime,rate\r\n0.5,1.25\r\n1.5,0\r\n3,2\r\n",
	    "time,rate\r0.5,1.25\r1.5,0\r3,2",
	    "# a log\n\ntime;x;rate\n0,5;a;1,25\n1,5;;0\n3;;2\n",
	    "Rate\tTIME\n1.25\t0.5\n0\t1.5\n2\t3\n",
	    "time  rate\n0.5  1.25 \n1.5\t0\n  3  2\n",
	    "\"time\",\"a \"\"b\"\", c\",\"rate\"\n\"0.5\",\"x,y\",\"1,25\"\n1.5,,0\n3,,2\n",
	    "time,rate\n0.5,1.25\n0.7,-\n0.9,\n1,NaN\n1.5,0\n3,1.5\n3,2.5\n",
	    "sep=;\nMy drive; 2018\n\ntime;rate\n0.5;1.25\n1.5;0\n3;2\n",
	    "time,rate\n00:00:00.5,1.25\n00:00:01.5,0\n0:00:03,2\n",
	};
	for (int i = 0; i < COUNT(dresses); i++) {
		struct samples s;
		const struct import_options o = csv_of("time", "rate", NULL);
		enum sample_kind kind = read_well(&s, "csv", dresses[i], &o);
		static const int64_t ms[] = {500, 1500, 3000};
		static const double bps[] = {1.25e6, 0, 2e6};
		if (kind != SAMPLES_RATE_FROM || s.n != 3)
			fail_msg("dress %d: %zu samples", i, s.n);
		for (int k = 0; k < 3; k++)
			if (s.at[k].ns != ms[k] * NS_PER_MS || s.at[k].value[0] != bps[k])
				fail_msg("dress %d, row %d: %.9g s, %g", i, k, ns_to_s(s.at[k].ns),
					 s.at[k].value[0]);
		samples_free(&s);
	}
}

static void midnight_epochs_and_amounts(void **state)
{
	(void)state;
	struct samples s;
	struct import_options o = csv_of("t", "r", NULL);
	read_well(&s, "csv", "t,r\n23:59:59,1\n00:00:01,2\n00:00:02,3\n", &o);
	assert_int_equal(s.at[1].ns - s.at[0].ns, 2 * NS_PER_S);
	assert_int_equal(s.at[2].ns - s.at[0].ns, 3 * NS_PER_S);
	samples_free(&s);
	o.date = "d"; // in a column of its own
	read_well(&s, "csv", "d,t,r\n2018-01-16,23:59:59,1\n2018-01-17,0:00:01,2\n2018-01-17,-,2\n", &o);
	assert_int_equal(s.n, 2);
	assert_true(s.at[0].ns == 1516147199 * NS_PER_S && s.at[1].ns - s.at[0].ns == 2 * NS_PER_S);
	samples_free(&s);
	// Ghent's logs: milliseconds since 1970, and bytes since the line before.
	o = csv_of("#1", "#5", NULL);
	o.time_unit_s = 1e-3;
	o.rate_unit_bits = 8;
	o.amount = true;
	enum sample_kind kind = read_well(&s, "csv",
					  "1453121790686 39287 51.03 3.73 2493100 1000\n"
					  "1453121791686 40288 51.03 3.73 2763504 1001\n",
					  &o);
	assert_int_equal(kind, SAMPLES_RATE_UNTIL);
	write_made(&s, kind, FORM_LINK);
	struct link_trace l;
	struct err err;
	assert_int_equal(link_trace_load(&l, made, &from_0, &err), 0);
	assert_true(l.n == 1 && l.until_ns[0] == NS_PER_S && l.state[0].rate_bps == 8 * 2763504);
	link_trace_free(&l);
	samples_free(&s);
}

static void gains_come_of_losses_and_rsrp(void **state)
{
	(void)state;
	struct samples s;
	struct import_options o = csv_of("t", NULL, "v");
	const char *const names[] = {"ue1", "ue2"};
	const struct series_ues ues = {2, names};
	struct gain_trace g;
	struct err err;
	o.ue = "who";
	for (int i = 0; i < 3; i++) {
		o.gain = i == 0 ? "v" : NULL;
		o.loss = i == 1 ? "v" : NULL;
		o.rsrp = i == 2 ? "v" : NULL;
		o.reference_power_dbm = 15;
		char text[200];
		double sign = i == 1 ? -1 : 1, more = i == 2 ? 15 : 0;
		snprintf(text, sizeof(text), "t,who,v\n5,b,%g\n5,a,%g\n7,b,%g\n", sign * (-70 + more),
			 sign * (-80 + more), sign * (-75.5 + more));
		enum sample_kind kind = read_well(&s, "csv", text, &o);
		write_made(&s, kind, FORM_GAIN);
		assert_int_equal(gain_trace_load(&g, made, &ues, &from_0, &err), 0);
		assert_true(gain_trace_db(&g, 0, 0) == -70 && gain_trace_db(&g, 1, 0) == -80);
		assert_true(gain_trace_db(&g, 0, 2 * NS_PER_S) == -75.5);
		gain_trace_free(&g);
		samples_free(&s);
	}
}

// ---- rates become links and opportunities

// Random steps: a link trace has each rate while it holds; a delivery trace has sent at every instant what
// the steps add up to, to within the packet that is under way and the millisecond.
static void rates_become_traces(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 1);
	for (int repetition = 0; repetition < 20; repetition++) {
		struct samples s = {0};
		struct err err;
		enum sample_kind kind = repetition % 2 ? SAMPLES_RATE_FROM : SAMPLES_RATE_UNTIL;
		double at_s = 1000 * rng_uniform(rng, 0, 1);
		for (int i = 0; i < 50; i++) {
			double value[SAMPLE_VALUES] = {rng_below(rng, 5) ? 40e6 * rng_uniform(rng, 0, 1) : 0};
			assert_int_equal(samples_add(&s, 0, s_to_ns(at_s), value, &err), 0);
			at_s += .01 + rng_uniform(rng, 0, 1);
		}
		samples_sort(&s);
		struct trace_written w = write_made(&s, kind, FORM_LINK);
		struct link_trace l;
		struct delivery_trace d;
		if (link_trace_load(&l, made, &from_0, &err) < 0)
			fail_msg("%s", err.text);
		write_made(&s, kind, FORM_DELIVERY);
		if (delivery_trace_load(&d, made, &from_0, &err) < 0)
			fail_msg("%s", err.text);
		assert_near(ns_to_s(l.until_ns[l.n - 1]), w.length_s, 2e-6);
		assert_near((double)d.ms[d.n - 1], 1e3 * w.length_s, 1);
		double bits = 0;
		for (size_t i = 0; i + 1 < s.n; i++) {
			double bps = s.at[kind == SAMPLES_RATE_FROM ? i : i + 1].value[0];
			int64_t from = s.at[i].ns - s.at[0].ns, to = s.at[i + 1].ns - s.at[0].ns;
			assert_near(link_trace_at(&l, (from + to) / 2, NULL).rate_bps, bps, 1);
			bits += bps * ns_to_s(to - from);
			double last = i + 2 == s.n; // the line that ends the period
			double packets = (double)delivery_trace_count(&d, to), slack = 1 + bps * 1e-3 / 12000;
			assert_true(packets <= bits / 12000 + last + 1e-6 &&
				    packets >= bits / 12000 - slack - 1e-6);
		}
		link_trace_free(&l);
		delivery_trace_free(&d);
		samples_free(&s);
	}
	rng_free(rng);
}

static void pensieve_means_the_time_before(void **state)
{
	(void)state;
	struct samples s;
	const struct import_options o = {.ues = 1};
	enum sample_kind kind = read_well(&s, "pensieve", "0 99\n1\t12\n1.5 6.5\n", &o);
	assert_int_equal(kind, SAMPLES_RATE_UNTIL);
	struct trace_written w = write_made(&s, kind, FORM_LINK);
	assert_true(w.rows == 2 && w.length_s == 1.5);
	struct link_trace l;
	struct err err;
	assert_int_equal(link_trace_load(&l, made, &from_0, &err), 0);
	assert_true(l.state[0].rate_bps == 12e6 && l.state[1].rate_bps == 6.5e6);
	link_trace_free(&l);
	samples_free(&s);
}

// ---- movements

static void load_places(struct waypoint_trace *w, const struct samples *s, int n)
{
	static const char *const names[] = {"ue1", "ue2", "ue3"};
	const struct series_ues ues = {n, names};
	struct err err;
	write_made(s, SAMPLES_PLACE, FORM_WAYPOINTS);
	if (waypoint_trace_load(w, made, &ues, &from_0, &err) < 0)
		fail_msg("%s", err.text);
}

// Random commands for a node, against stepping it by hand from command to command.
static void ns2_moves_as_it_says(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 2);
	for (int repetition = 0; repetition < 30; repetition++) {
		enum { N = 12 };
		double at_s[N + 1], x[N], y[N], mps[N];
		char text[4000] = "# made up\n$god_ set-dist 0 1 1\n";
		size_t used = strlen(text);
		double t = 0;
		for (int i = 0; i < N; i++) {
			at_s[i] = t += .5 + 5 * rng_uniform(rng, 0, 1);
			x[i] = 100 * rng_uniform(rng, 0, 1);
			y[i] = 100 * rng_uniform(rng, 0, 1);
			mps[i] = rng_below(rng, 4) ? 40 * rng_uniform(rng, 0, 1) : 0;
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "$ns_ at %.6f \"$node_(7) setdest %.9f %.9f %.9f\"\n",
						 at_s[i], x[i], y[i], mps[i]);
		}
		snprintf(text + used, sizeof(text) - used,
			 "$node_(7) set X_ 10\n$node_(7) set Y_ 20.0\n$node_(7) set Z_ 1.5\n");
		at_s[N] = t + 10;
		struct samples s;
		struct waypoint_trace w;
		const struct import_options o = {.ues = 1};
		read_well(&s, "ns2", text, &o);
		assert_int_equal(s.n_nodes, 1);
		load_places(&w, &s, 1);
		double px = 10, py = 20, travelled;
		for (int i = 0; i < N; i++) {
			double way_m = hypot(x[i] - px, y[i] - py), span_s = at_s[i + 1] - at_s[i];
			for (double part = .1; part < 1; part += .2) {
				double share = way_m > 0 ? fmin(mps[i] * span_s * part / way_m, 1) : 0;
				struct position p =
				    waypoint_trace_at(&w, 0, s_to_ns(at_s[i] + span_s * part), &travelled);
				assert_near(p.x_m, px + share * (x[i] - px), 2e-3);
				assert_near(p.y_m, py + share * (y[i] - py), 2e-3);
				assert_near(p.z_m, 1.5, 1e-3);
			}
			double share = way_m > 0 ? fmin(mps[i] * span_s / way_m, 1) : 0;
			px += share * (x[i] - px);
			py += share * (y[i] - py);
		}
		waypoint_trace_free(&w);
		samples_free(&s);
	}
	rng_free(rng);
}

static void a_jump_is_a_jump(void **state)
{
	(void)state;
	struct samples s;
	struct waypoint_trace w;
	const struct import_options o = {.ues = 1};
	read_well(&s, "ns2",
		  "$n(0) set X_ 0\n$ns at 1 \"$n(0) setdest 10 0 1\"\n$ns at 5 \"$n(0) set X_ 50\"\n$ns at 5 "
		  "\"$n(0) set Y_ 60 "
		  "\"\n",
		  &o);
	load_places(&w, &s, 1);
	double way;
	assert_near(waypoint_trace_at(&w, 0, 4999 * NS_PER_MS, &way).x_m, 3.999, 1e-3);
	struct position p = waypoint_trace_at(&w, 0, 5 * NS_PER_S, &way);
	assert_true(p.x_m == 50 && p.y_m == 60); // and stands there
	p = waypoint_trace_at(&w, 0, 20 * NS_PER_S, &way);
	assert_true(p.x_m == 50 && p.y_m == 60);
	waypoint_trace_free(&w);
	samples_free(&s);
}

static void bonnmotion_has_two_or_three_coordinates(void **state)
{
	(void)state;
	struct samples s;
	struct waypoint_trace w;
	struct import_options o = {.ues = 1};
	double way;
	read_well(&s, "bonnmotion", "0.0 1.0 2.0 10 11 12\n0 5 5\n", &o);
	load_places(&w, &s, 2);
	struct position p = waypoint_trace_at(&w, 0, 5 * NS_PER_S, &way),
			q = waypoint_trace_at(&w, 1, 0, &way);
	assert_true(p.x_m == 6 && p.y_m == 7 && p.z_m == 0 && q.x_m == 5 && q.y_m == 5);
	waypoint_trace_free(&w);
	samples_free(&s);
	read_well(&s, "bonnmotion", "0.0 1.0 2.0 3 10 11 12 13\n0 5 5 9\n", &o);
	load_places(&w, &s, 2);
	p = waypoint_trace_at(&w, 0, 5 * NS_PER_S, &way);
	assert_true(p.x_m == 6 && p.y_m == 7 && p.z_m == 8);
	waypoint_trace_free(&w);
	samples_free(&s);
	const char *both = "0 5 5 9 20 5 5 9 30 5 5 9\n"; // 4 of 2 coordinates, or 3 of 3
	struct err err;
	enum sample_kind kind;
	assert_int_equal(read_text(&s, &kind, "bonnmotion", both, &o, &err), 0); // only three rise
	samples_free(&s);
	both = "0 1 2 3 4 5 6 7 8 9 10 11\n";
	assert_int_equal(read_text(&s, &kind, "bonnmotion", both, &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--dimensions=2 or 3"));
	samples_free(&s);
	o.dimensions = 3;
	assert_int_equal(read_text(&s, &kind, "bonnmotion", both, &o, &err), 0);
	assert_int_equal(s.n, 3);
	samples_free(&s);
}

static void sumo_drives_vehicles_and_persons(void **state)
{
	(void)state;
	struct samples s;
	struct waypoint_trace w;
	const struct import_options o = {.ues = 1};
	double way;
	read_well(&s, "sumo",
		  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made up -->\n<fcd-export "
		  "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
		  "<timestep time=\"100.00\"><vehicle id=\"a&amp;b\" x=\"1\" y=\"2\" z=\"3\" "
		  "lane=\"e_0\"/></timestep>\n"
		  "<timestep time=\"101.00\"><vehicle id=\"a&amp;b\" x=\"3\" y=\"2\" z=\"3\"/>"
		  "<person id=\"p\" x=\"-7.5\" y=\"8\" edge=\"e\"/></timestep>\n<timestep "
		  "time=\"102.00\"/></fcd-export>\n",
		  &o);
	assert_int_equal(s.n_nodes, 2);
	assert_string_equal(s.node[0], "a&b");
	load_places(&w, &s, 2);
	struct position p = waypoint_trace_at(&w, 0, NS_PER_S / 2, &way),
			q = waypoint_trace_at(&w, 1, 0, &way);
	assert_true(p.x_m == 2 && p.y_m == 2 && p.z_m == 3 && q.x_m == -7.5);
	waypoint_trace_free(&w);
	samples_free(&s);
}

// ---- fading

// The mean of the blocks' powers, around the mean gain, and each UE at its part of the trace.
static void fading_is_the_mean_of_the_blocks(void **state)
{
	(void)state;
	struct samples s;
	struct import_options o = {.mean_gain_db = -90, .length_s = 4, .ues = 2};
	enum sample_kind kind = read_well(&s, "fad", "0 3 -3 10\n-300 3 -3 10\n", &o);
	assert_int_equal(kind, SAMPLES_GAIN);
	assert_int_equal(s.n, 8);
	static const double db[] = {-3.0103, 3, -3, 10};
	for (size_t i = 0; i < s.n; i++) {
		size_t sample = i / 2, ue = i % 2;
		assert_int_equal(s.at[i].ns, (int64_t)sample * NS_PER_S);
		assert_int_equal(s.at[i].node, ue);
		assert_near(s.at[i].value[0], -90 + db[(sample + 2 * ue) % 4], 1e-4);
	}
	samples_free(&s);
	struct err err;
	assert_int_equal(read_text(&s, &kind, "fad", "0 3 -3 10\n", &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "--blocks=N"));
	samples_free(&s);
	o.blocks = 2;
	read_well(&s, "fad", "0 3\n-3\n 10 \n", &o);
	assert_int_equal(s.n, 4);
	samples_free(&s);
}

// ---- starting later

static void a_start_cuts_what_is_before(void **state)
{
	(void)state;
	static const struct {
		bool straight;
		double first; // node 0's value at the start, 3.5 s
	} cases[] = {{false, 10}, {true, 15}};
	for (int i = 0; i < COUNT(cases); i++) {
		struct samples s = {0};
		struct err err;
		static const double at[][3] = {{0, 0, 0}, {3, 0, 10}, {4, 0, 20}, {9, 0, 0}, {1, 1, 7}};
		for (int k = 0; k < COUNT(at); k++) {
			const double value[SAMPLE_VALUES] = {at[k][2]};
			assert_int_equal(samples_add(&s, (int)at[k][1], s_to_ns(at[k][0]), value, &err), 0);
		}
		samples_sort(&s);
		assert_int_equal(samples_start_at(&s, 2, 35 * NS_PER_S / 10, cases[i].straight, &err), 0);
		assert_int_equal(s.n, 4);
		assert_true(s.at[0].ns == 35 * NS_PER_S / 10 && s.at[0].value[0] == cases[i].first);
		assert_true(s.at[1].node == 1 && s.at[1].value[0] == 7 && s.at[2].ns == 4 * NS_PER_S);
		samples_free(&s);
	}
}

// ---- refusals

static void what_is_wrong_is_refused_with_its_line(void **state)
{
	(void)state;
	static const struct {
		const char *format, *text;
		int line; // 0: of the file as a whole
		const char *words;
	} cases[] = {
	    {"csv", "", 0, "is empty"},
	    {"csv", "a,b\n", 1, "no column time, but: a, b"},
	    {"csv", "time,rate\n0\n", 2, "1 fields"},
	    {"csv", "time,rate\nsoon,1\n", 2, "the time 'soon' is none of a number, 12:34:56.7"},
	    {"csv", "time,rate\n0,fast\n", 2, "rate 'fast' is not a number"},
	    {"csv", "time,rate\n0,1\n1,-1\n", 3, "must not be negative"},
	    {"csv", "time,rate\n1453121790686,1\n", 2, "--time-unit ms"},
	    {"csv", "time,rate\n1,\"1,234.5\"\n", 2, "is not a number"},
	    {"pensieve", "0 1\n1\n", 2, "'1' is not two numbers"},
	    {"pensieve", "0 1\n1 2 3\n", 2, "not two numbers"},
	    {"pensieve", "0 1\n0 2\n", 2, "it must rise"},
	    {"pensieve", "0 1\n1 x\n", 2, "'x' is not a number"},
	    {"pensieve", "0 1\n1 nan\n", 2, "'nan' is not a number"},
	    {"bonnmotion", "0 1 2\n0 1\n0 3 4\n", 2, "no groups of time and place"},
	    {"bonnmotion", "# nothing\n", 0, "is empty"},
	    {"bonnmotion", "0 1 b\n", 1, "'b' is not a number"},
	    {"bonnmotion", "0 1 2e9\n", 1, "beyond"},
	    {"ns2", "", 0, "has no movement"},
	    {"ns2", "\n$ns_ at 1 \"$node_(0) setdest 3 4\"\n", 2, "is no movement"},
	    {"ns2", "$node_(0) set X_ far\n", 1, "is no movement"},
	    {"ns2", "$ns_ at -1 \"$node_(0) setdest 3 4 5\"\n", 1, "out of range"},
	    {"sumo", "", 1, "this is not XML"},
	    {"sumo", "<routes/>", 1, "begins with <routes>"},
	    {"sumo", "<fcd-export>\n<timestep time=\"soon\"/></fcd-export>", 2, "time 'soon' is none"},
	    {"sumo",
	     "<fcd-export>\n<timestep time=\"0\">\n<vehicle id=\"a\" x=\"1\"/></timestep></fcd-export>", 3,
	     "no place"},
	    {"sumo", "<fcd-export></fcd-export>", 0, "no vehicle"},
	    {"sumo", "<fcd-export>\n<timestep time=\"0\">", 2, "this is not XML"},
	    {"fad", "1 2\n3 x\n", 2, "'x' is not a number"},
	    {"fad", "1 2\n3 1000\n", 2, "outside"},
	    {"fad", "1 2\n3 200\n", 0, "at most 0"},
	};
	for (int i = 0; i < COUNT(cases); i++) {
		struct import_options o = csv_of("time", "rate", NULL);
		struct samples s;
		struct err err = {""};
		enum sample_kind kind;
		char prefix[80];
		o.mean_gain_db = -90;
		snprintf(prefix, sizeof(prefix), cases[i].line ? "%s:%d: " : "%s ", path, cases[i].line);
		int rc = read_text(&s, &kind, cases[i].format, cases[i].text, &o, &err);
		if (rc != -EINVAL || strncmp(err.text, prefix, strlen(prefix)) != 0 ||
		    !strstr(err.text, cases[i].words) || !strstr(err.text, "; wanted: "))
			fail_msg("case %d: rc %d, '%s': expected '%s...%s'", i, rc, err.text, prefix,
				 cases[i].words);
		samples_free(&s);
	}
	struct samples s = {0};
	struct err err = {""};
	enum sample_kind kind;
	const struct import_options o = csv_of("time", "rate", NULL);
	assert_int_equal(import_csv(&s, &kind, "/nowhere/log.csv", &o, &err), -ENOENT);
	write_bytes("\x1f\x8b\x08\0", 4);
	assert_int_equal(import_csv(&s, &kind, path, &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "gunzip"));
	write_bytes("time,rate\n0,\0001\n", 14);
	assert_int_equal(import_csv(&s, &kind, path, &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, ":2: the line has a zero byte"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clocks_are_read),
	    cmocka_unit_test(one_table_in_many_dresses),
	    cmocka_unit_test(midnight_epochs_and_amounts),
	    cmocka_unit_test(gains_come_of_losses_and_rsrp),
	    cmocka_unit_test(rates_become_traces),
	    cmocka_unit_test(pensieve_means_the_time_before),
	    cmocka_unit_test(ns2_moves_as_it_says),
	    cmocka_unit_test(a_jump_is_a_jump),
	    cmocka_unit_test(bonnmotion_has_two_or_three_coordinates),
	    cmocka_unit_test(sumo_drives_vehicles_and_persons),
	    cmocka_unit_test(fading_is_the_mean_of_the_blocks),
	    cmocka_unit_test(a_start_cuts_what_is_before),
	    cmocka_unit_test(what_is_wrong_is_refused_with_its_line),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
