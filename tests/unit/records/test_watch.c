// SPDX-License-Identifier: BSD-3-Clause
// What is shown of a run fits its terminal whatever the run is; snapshots survive their JSON; an outlet never
// waits and never mixes up what it sends.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/rng.h"
#include "records/watch/outlet.h"
#include "records/watch/view.h"

static uint64_t seed;

// Figures of any size, and some that are not known.
static double any(struct rng *rng)
{
	if (rng_below(rng, 5) == 0)
		return NAN;
	return pow(10, rng_uniform(rng, -9, 12)) * (rng_below(rng, 2) ? 1 : -1);
}

static struct run_snapshot_tasks any_tasks(struct rng *rng)
{
	struct run_snapshot_tasks t = {.met = rng_below(rng, 1u << 31), .missed = rng_below(rng, 4)};
	t.done = t.met + t.missed;
	t.failed = rng_below(rng, 3);
	t.cut_short = rng_below(rng, 3);
	return t;
}

static void any_snapshot(struct run_snapshot *s, struct rng *rng, uint32_t n_ues)
{
	assert_int_equal(run_snapshot_init(s, n_ues), 0);
	snprintf(s->name, sizeof(s->name), "%s", rng_below(rng, 2) ? "a\033[2Jb\nc" : "quickst\xc3\xa4rt");
	snprintf(s->policy, sizeof(s->policy), "%s", "./policies/a-very-long-name-of-an-outside-policy.so");
	s->state = (enum run_snapshot_state)rng_below(rng, 5);
	s->simulated = rng_below(rng, 2);
	s->time_s = rng_uniform(rng, -1, 1e5);
	s->duration_s = rng_uniform(rng, 0, 1e5);
	s->left_s = any(rng);
	s->tasks = any_tasks(rng);
	s->energy_j = rng_uniform(rng, 0, 1e6);
	s->compute_j = rng_uniform(rng, 0, 1e6);
	s->latency_p50_s = any(rng);
	s->latency_p95_s = any(rng);
	s->batches = rng_below(rng, 1u << 30);
	s->batch_members = 3 * s->batches;
	s->delay_p50_us = any(rng);
	s->delay_p99_us = any(rng);
	for (uint32_t i = 0; i < n_ues; i++)
		s->ue[i] = (struct run_snapshot_ue){.tasks = any_tasks(rng),
						    .energy_j = rng_uniform(rng, 0, 1e3),
						    .latency_s = any(rng),
						    .cut = (int)rng_below(rng, 200) - 1,
						    .gain_db = any(rng),
						    .rate_bps = {any(rng), any(rng)},
						    .queue_bytes = {fabs(any(rng)), fabs(any(rng))},
						    .busy = {any(rng), any(rng)}};
}

// Columns of a line, escape sequences aside; fails on any other control character.
static int columns_of(const char *line, const char *end)
{
	int n = 0;
	for (const char *c = line; c < end; c++) {
		if (*c == '\033') {
			assert_int_equal(c[1], '[');
			c += strspn(c + 2, "0123456789;") + 2;
			assert_int_equal(*c, 'm');
		} else {
			assert_true((unsigned char)*c >= 0x20);
			n += ((unsigned char)*c & 0xc0) != 0x80;
		}
	}
	return n;
}

static void a_view_fits_its_terminal(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	for (int round = 0; round < 3000; round++) {
		struct run_snapshot s;
		any_snapshot(&s, rng, (uint32_t)(round % 20 ? rng_below(rng, 40) : rng_below(rng, 1001)));
		struct view v = {.columns = 1 + (int)rng_below(rng, 200),
				 .rows = 5 + (int)rng_below(rng, 60),
				 .colour = rng_below(rng, 2),
				 .utf8 = rng_below(rng, 2),
				 .sort = (enum view_sort)rng_below(rng, SORT_COUNT),
				 .footer = rng_below(rng, 2) ? "q quit" : NULL};
		char *text = view_text(&s, &v);
		int lines = 0;
		for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++)
			assert_in_range(columns_of(line, end), 0, v.columns);
		assert_in_range(lines, 5 - (s.n_ues == 0), v.rows);
		free(text);
		run_snapshot_free(&s);
	}
	rng_free(rng);
}

// Both directions have their bar where there is room for it; the busier one counts for the order.
static void both_directions_are_shown(void **state)
{
	(void)state;
	struct run_snapshot s;
	run_snapshot_init(&s, 2);
	s.ue[0].busy[LINK_UP] = s.ue[1].busy[LINK_UP] = .25;
	s.ue[1].busy[LINK_DOWN] = .75;
	char *wide = view_text(&s, &(struct view){.columns = 100, .sort = SORT_BUSY});
	char *first = strstr(wide, "\nue2 "), *second = strstr(wide, "\nue1 ");
	assert_true(first && second && first < second);
	assert_non_null(strstr(wide, "downlink busy"));
	assert_true(strstr(first, " 25%") < strstr(first, " 75%"));
	char *narrow = view_text(&s, &(struct view){.columns = 80});
	assert_null(strstr(narrow, "downlink busy"));
	assert_non_null(strstr(narrow, "uplink busy"));
	free(wide);
	free(narrow);
	run_snapshot_free(&s);
}

// Where not all UEs fit, the worst are there, and the others are counted.
static void the_worst_ues_are_shown(void **state)
{
	(void)state;
	struct run_snapshot s;
	run_snapshot_init(&s, 100);
	for (uint32_t i = 0; i < 100; i++)
		s.ue[i].tasks = (struct run_snapshot_tasks){.done = 10, .met = 10};
	s.ue[76].tasks = (struct run_snapshot_tasks){.done = 10, .missed = 10};
	s.ue[41].tasks = (struct run_snapshot_tasks){.done = 10, .met = 5, .missed = 5};
	char *text = view_text(&s, &(struct view){.columns = 80, .rows = 9});
	char *first = strstr(text, "\nue77 "), *second = strstr(text, "\nue42 ");
	assert_true(first && second && first < second);
	assert_non_null(strstr(text, "and 97 others: 970 met, 0 late"));
	free(text);
	run_snapshot_free(&s);
}

static void same(double a, double b)
{
	assert_true((isnan(a) && isnan(b)) || fabs(a - b) <= 1e-12 * fabs(a));
}

static void a_snapshot_survives_its_json(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 2, RNG_TEST, 0);
	for (int round = 0; round < 50; round++) {
		struct run_snapshot a, b;
		struct err err;
		any_snapshot(&a, rng, (uint32_t)rng_below(rng, 9));
		snprintf(a.name, sizeof(a.name), "run");
		json_t *o = run_snapshot_to_json(&a);
		char *text = json_dumps(o, 0);
		json_t *read = json_loads(text, 0, NULL);
		assert_int_equal(run_snapshot_from_json(&b, read, &err), 0);
		assert_string_equal(a.policy, b.policy);
		assert_int_equal(a.state, b.state);
		assert_int_equal(a.n_ues, b.n_ues);
		assert_memory_equal(&a.tasks, &b.tasks, sizeof(a.tasks));
		same(a.left_s, b.left_s);
		same(a.latency_p95_s, b.latency_p95_s);
		for (uint32_t i = 0; i < a.n_ues; i++) {
			assert_memory_equal(&a.ue[i].tasks, &b.ue[i].tasks, sizeof(a.tasks));
			assert_int_equal(a.ue[i].cut, b.ue[i].cut);
			same(a.ue[i].gain_db, b.ue[i].gain_db);
			same(a.ue[i].busy[LINK_UP], b.ue[i].busy[LINK_UP]);
		}
		json_decref(o);
		json_decref(read);
		free(text);
		run_snapshot_free(&a);
		run_snapshot_free(&b);
	}
	rng_free(rng);
}

static void foreign_json_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"{}", "[]", "{\"ues\": 3}", "{\"ues\": [], \"time_s\": \"x\"}"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct run_snapshot s;
		struct err err;
		json_t *o = json_loads(texts[i], 0, NULL);
		assert_int_equal(run_snapshot_from_json(&s, o, &err), -EPROTO);
		json_decref(o);
	}
}

// Messages of random length into a pipe that is read in random bites: what arrives are whole messages in
// order, no call waits.
static void an_outlet_never_waits(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 3, RNG_TEST, 0);
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fcntl(ends[1], F_SETPIPE_SZ, 4096);
	struct outlet *o = outlet_new(ends[1]);
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0); // others write to it as before
	static char got[1 << 22];
	size_t filled = 0;
	uint32_t sent = 0, refused = 0;
	int64_t longest_ns = 0;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	for (uint32_t i = 0; i < 3000; i++) {
		char message[3000];
		int size =
		    snprintf(message, sizeof(message), "<%u:%0*d>", i, (int)rng_below(rng, 2500) + 1, 0);
		int64_t before = clock_now_ns();
		bool taken = outlet_send(o, message, (size_t)size);
		int64_t took = clock_now_ns() - before;
		longest_ns = took > longest_ns ? took : longest_ns;
		sent += taken;
		refused += !taken;
		if (rng_below(rng, 3) == 0) {
			ssize_t n = read(ends[0], got + filled, rng_below(rng, 6000) + 1);
			filled += n > 0 ? (size_t)n : 0;
		}
	}
	for (ssize_t n; (n = read(ends[0], got + filled, 4096)) > 0 ||
			(outlet_flush(o, 0), n = read(ends[0], got + filled, 4096)) > 0;)
		filled += (size_t)n;
	got[filled] = '\0';
	uint32_t whole = 0, number;
	long last = -1;
	for (char *at = got; *at; at++, whole++) {
		int zeros = 0;
		assert_int_equal(sscanf(at, "<%u:%n", &number, &zeros), 1);
		assert_true((long)number > last);
		last = number;
		at += zeros;
		at += strspn(at, "0");
		assert_int_equal(*at, '>');
	}
	print_message("%u sent, %u left out, longest call %lld us\n", sent, refused,
		      (long long)longest_ns / 1000);
	assert_int_equal(whole, sent);
	assert_true(refused > 0);
	outlet_free(o);
	close(ends[0]);
	close(ends[1]);
	rng_free(rng);
}

static void an_outlet_outlives_its_reader(void **state)
{
	(void)state;
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct outlet *o = outlet_new(ends[1]);
	close(ends[0]);
	for (int i = 0; i < 3; i++)
		assert_false(outlet_send(o, "x", 1)); // and no SIGPIPE ends us
	outlet_free(o);
	close(ends[1]);
}

int main(void)
{
	seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_view_fits_its_terminal),	     cmocka_unit_test(both_directions_are_shown),
	    cmocka_unit_test(the_worst_ues_are_shown),	     cmocka_unit_test(a_snapshot_survives_its_json),
	    cmocka_unit_test(foreign_json_is_refused),	     cmocka_unit_test(an_outlet_never_waits),
	    cmocka_unit_test(an_outlet_outlives_its_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
