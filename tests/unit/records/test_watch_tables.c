// SPDX-License-Identifier: BSD-3-Clause
// What is read back from a run's tables is what the living run counted, however the tables grow; bins of the
// history add up to it.
#include <errno.h>
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
#include "base/quantile.h"
#include "base/rng.h"
#include "records/follow.h"
#include "records/results/tables.h"
#include "records/watch/replay.h"

enum { UES = 5, TASKS = 3000, LINKS = 100, BATCHES = 700 };
#define DURATION_S 60.
#define EPOCH_NS (1234 * NS_PER_S)
#define LINKS_EVERY_NS (600 * NS_PER_MS) // longer than a bin

static uint64_t seed;
static char folder[] = "/tmp/airbatch-watch-XXXXXX";
static struct meter *counted;
static double latencies_s[TASKS];
static size_t n_latencies;
static double air_s[LINK_DIRS],
    queued_bytes[LINK_DIRS]; // of all UEs: from the second record on; at all records

static FILE *table(const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "%s/%s.csv", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	return f;
}

static void write_tasks(struct rng *rng)
{
	FILE *f = table("tasks");
	task_csv_header(f);
	for (uint32_t i = 0; i < TASKS; i++) {
		struct task_record t = {.ue = 1 + (uint32_t)rng_below(rng, UES),
					.task = i,
					.outcome =
					    rng_below(rng, 10) ? TASK_DONE : 1 + (uint32_t)rng_below(rng, 2),
					.cut = (uint32_t)rng_below(rng, 9),
					.compute_j = 1e-9 * (double)rng_below(rng, 10000000),
					.transmit_j = 1e-9 * (double)rng_below(rng, 1000000),
					.idle_j = 1e-9 * (double)rng_below(rng, 1000000)};
		t.arrival_ns = EPOCH_NS + (int64_t)(rng_below(rng, 60000000) * 1000);
		t.deadline_ns = t.arrival_ns + 100 * NS_PER_MS;
		int64_t at = t.arrival_ns;
		for (int s = 0; s < STAGE_COUNT; s++)
			t.end_ns[s] = at += (int64_t)rng_below(rng, 35000) * 1000;
		task_csv_row(f, &t, EPOCH_NS);
		struct watch_task seen = watch_task_of(&t, EPOCH_NS);
		meter_task(counted, &seen);
		if (t.outcome == TASK_DONE)
			latencies_s[n_latencies++] = seen.latency_s;
	}
	fclose(f);
}

static void write_links(struct rng *rng)
{
	FILE *f = table("links");
	link_csv_header(f);
	int64_t air_ns[UES][LINK_DIRS] = {0};
	for (int i = 0; i < LINKS; i++)
		for (uint32_t ue = 0; ue < UES; ue++) {
			struct link_record l = {.t_ns = EPOCH_NS + i * LINKS_EVERY_NS, .ue = ue};
			l.gain_db = -(double)rng_below(rng, 120000) / 1e3;
			for (int d = 0; d < LINK_DIRS; d++) {
				l.rate_bps[d] = (double)rng_below(rng, 50000000);
				l.queue_bytes[d] = rng_below(rng, 100000);
				int64_t busy_ns = (int64_t)rng_below(rng, 600) * NS_PER_MS;
				l.airtime_ns[d] = air_ns[ue][d] += busy_ns;
				air_s[d] += i > 0 ? ns_to_s(busy_ns) : 0;
				queued_bytes[d] += (double)l.queue_bytes[d];
			}
			link_csv_row(f, &l, EPOCH_NS);
			struct watch_link seen = watch_link_of(&l, EPOCH_NS);
			meter_link(counted, &seen);
		}
	fclose(f);
}

static void write_batches(struct rng *rng)
{
	FILE *f = table("batches");
	batch_csv_header(f);
	for (uint32_t i = 0; i < BATCHES; i++) {
		struct batch_record b = {.batch = i, .n_members = 1 + (uint32_t)rng_below(rng, UES)};
		b.start_ns = EPOCH_NS + (int64_t)rng_below(rng, 60000) * NS_PER_MS;
		b.end_ns = b.start_ns + NS_PER_MS;
		batch_csv_row(f, &b, EPOCH_NS);
		struct watch_batch seen = watch_batch_of(&b, EPOCH_NS);
		meter_batch(counted, &seen);
	}
	fclose(f);
}

static int write_tables(void **state)
{
	(void)state;
	struct rng *rng = rng_new(seed, 1, RNG_TEST, 0);
	counted = meter_new(UES, "test", "lc", DURATION_S);
	if (!mkdtemp(folder) || !counted)
		return -1;
	write_tasks(rng);
	write_links(rng);
	write_batches(rng);
	rng_free(rng);
	return 0;
}

static int remove_tables(void **state)
{
	(void)state;
	char path[64];
	static const char *const names[] = {"tasks", "links", "batches", "growing"};
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s.csv", folder, names[i]);
		unlink(path);
	}
	meter_free(counted);
	return rmdir(folder);
}

static void near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.12g instead of %.12g", a, b);
}

static void tables_say_what_was_counted(void **state)
{
	(void)state;
	struct run_replay r;
	struct err err = {0};
	assert_int_equal(run_replay_open(&r, folder, UES, "test", "lc", DURATION_S, &err), 0);
	assert_int_equal(run_replay_update(&r, &err), 0);
	const struct run_snapshot *a = meter_read(counted), *b = meter_read(r.meter);
	assert_memory_equal(&a->tasks, &b->tasks, sizeof(a->tasks));
	assert_int_equal(run_snapshot_closed(&b->tasks), TASKS);
	assert_int_equal(b->batches, BATCHES);
	assert_int_equal(a->batch_members, b->batch_members);
	near(b->energy_j, a->energy_j, TASKS * 1e-9); // rows are rounded to 1e-6 mJ
	near(b->compute_j, a->compute_j, TASKS * 1e-9);
	for (uint32_t i = 0; i < UES; i++) {
		assert_memory_equal(&a->ue[i].tasks, &b->ue[i].tasks, sizeof(a->tasks));
		near(b->ue[i].gain_db, a->ue[i].gain_db, 1e-3);
		for (int d = 0; d < LINK_DIRS; d++)
			near(b->ue[i].busy[d], a->ue[i].busy[d], 1e-6);
		near(b->ue[i].queue_bytes[LINK_UP], a->ue[i].queue_bytes[LINK_UP], 0);
		near(b->ue[i].latency_s, a->ue[i].latency_s, 1e-8);
	}
	run_replay_close(&r);
}

// A bucket of the histogram is 0.8 % wide.
static void latencies_are_their_quantiles(void **state)
{
	(void)state;
	const struct run_snapshot *s = meter_read(counted);
	double p50 = quantile(latencies_s, n_latencies, .5), p95 = quantile(latencies_s, n_latencies, .95);
	near(s->latency_p50_s, p50, .01 * p50);
	near(s->latency_p95_s, p95, .01 * p95);
}

static double sum(const json_t *o, const char *key)
{
	double total = 0;
	size_t i;
	json_t *v;
	json_array_foreach(json_object_get(o, key), i, v) total +=
	    json_is_number(v) ? json_number_value(v) : 0;
	return total;
}

static void bins_add_up(void **state)
{
	(void)state;
	struct run_replay r;
	struct err err = {0};
	run_replay_open(&r, folder, UES, "test", "lc", DURATION_S, &err);
	run_replay_update(&r, &err);
	const struct run_snapshot *s = meter_read(r.meter);
	json_t *h = history_to_json(r.history);
	assert_true(sum(h, "met") == (double)s->tasks.met);
	assert_true(sum(h, "missed") == (double)(TASKS - s->tasks.met));
	assert_true(sum(h, "batches") == BATCHES);
	assert_int_equal(json_array_size(json_object_get(json_object_get(h, "gain_db"), "ues")), UES);
	size_t bins = (size_t)json_integer_value(json_object_get(h, "bins"));
	double width = json_number_value(json_object_get(h, "width_s"));
	assert_in_range(bins, DURATION_S / width, DURATION_S / width + 2);
	assert_int_equal(json_array_size(json_object_get(h, "up_busy")), bins);
	double span_s = UES * ns_to_s(LINKS_EVERY_NS); // of all UEs in each bin that has a record
	near(span_s * sum(h, "up_busy"), air_s[LINK_UP], 1e-6);
	near(span_s * sum(h, "down_busy"), air_s[LINK_DOWN], 1e-6);
	near(sum(h, "up_queue_bytes"), queued_bytes[LINK_UP], 1e-3);
	near(sum(h, "down_queue_bytes"), queued_bytes[LINK_DOWN], 1e-3);
	json_decref(h);
	run_replay_close(&r);
}

// A table that grows byte by byte gives each line once, and only when it is whole.
static void growing_tables_are_followed(void **state)
{
	(void)state;
	static const char *const columns[] = {"b", "a", NULL};
	static const char text[] = "a,b,c\n1,2,3\n4,5,6\n7,8,9\n";
	char path[64];
	const char *field[FOLLOW_MOST_COLUMNS];
	struct err err = {0};
	snprintf(path, sizeof(path), "%s/growing.csv", folder);
	struct follow *f = follow_new(path, columns);
	assert_int_equal(follow_next(f, field, &err), 0); // not there yet
	FILE *growing = table("growing");
	int lines = 0;
	for (const char *c = text; *c; c++) {
		fputc(*c, growing);
		fflush(growing);
		bool whole = *c == '\n' && c - text > 5;
		assert_int_equal(follow_next(f, field, &err), whole);
		if (whole) {
			assert_int_equal(atoi(field[0]), 3 * lines + 2);
			assert_int_equal(atoi(field[1]), 3 * lines + 1);
			lines++;
		}
	}
	fputs("1,2\n", growing);
	fclose(growing);
	assert_int_equal(lines, 3);
	assert_int_equal(follow_next(f, field, &err), -EINVAL);
	assert_non_null(strstr(err.text, "growing.csv:5: 2 fields where the header has 3"));
	follow_free(f);
}

static void damage_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *text, *told;
	} cases[] = {
	    {"start_ms\n1\n", "growing.csv:1: no column 'members'"},
	    {"start_ms,members\n1,many\n", "members is 'many'"},
	};
	for (size_t i = 0; i < 2; i++) {
		FILE *f = table("growing");
		fputs(cases[i].text, f);
		fclose(f);
		char from[64];
		snprintf(from, sizeof(from), "%s/growing.csv", folder);
		struct err err = {0};
		struct run_replay r;
		run_replay_open(&r, folder, UES, "test", "lc", DURATION_S, &err);
		follow_free(r.batches);
		static const char *const columns[] = {"start_ms", "members", NULL};
		r.batches = follow_new(from, columns);
		assert_int_equal(run_replay_update(&r, &err), -EINVAL);
		assert_non_null(strstr(err.text, cases[i].told));
		assert_non_null(strstr(err.text, "growing.csv:"));
		assert_int_equal(run_snapshot_closed(&meter_read(r.meter)->tasks), TASKS); // the rest counts
		run_replay_close(&r);
	}
}

int main(void)
{
	seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_say_what_was_counted),
	    cmocka_unit_test(latencies_are_their_quantiles),
	    cmocka_unit_test(bins_add_up),
	    cmocka_unit_test(growing_tables_are_followed),
	    cmocka_unit_test(damage_is_told),
	};
	return cmocka_run_group_tests(tests, write_tables, remove_tables);
}
