// SPDX-License-Identifier: BSD-3-Clause
// Rounds with admission, exits and a start barrier in virtual time, under the policies of the shelf: the run
// is what was planned; batches shrink at exits; who comes too late is dropped; what nobody can reach is
// refused before.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/unit/sim/sim_star.h"

#define YAML                                                                                                 \
	"duration: 10s\nseed: %u\npolicy: {name: %s, upload: 0.01}\n"                                        \
	"cell: {bandwidth: 1500kHz, grant: granted, delay: 1ms%s}\n"                                         \
	"ues:\n"                                                                                             \
	"  count: 8\n"                                                                                       \
	"  network: " BLOCKS "\n"                                                                            \
	"  distance: 20m..100m\n"                                                                            \
	"  tx_power: 10dBm\n"                                                                                \
	"  deadline: 22ms..40ms\n"                                                                           \
	"  arrivals: {%s}\n"                                                                                 \
	"  list: [{accuracy: 70%%}, {accuracy: 80%%}, {accuracy: 88%%}, {accuracy: %s}]\n"                   \
	"edge: {executor: replay, profile: " BLOCKS_PROFILE ", verify: false, %s}\n"

struct table {
	char *text, *header;
	char **line;
	size_t n;
};

static struct table read_table(const struct star *star, const char *name)
{
	struct table t = {0};
	size_t size;
	t.text = t.header = star_read(star, name, &size);
	assert_non_null(t.text);
	for (char *at = strchr(t.text, '\n'); at && at[1]; at = strchr(at, '\n')) {
		*at++ = '\0';
		t.line = realloc(t.line, (t.n + 1) * sizeof(*t.line));
		assert_non_null(t.line);
		t.line[t.n++] = at;
	}
	return t;
}

static void free_table(struct table *t)
{
	free(t->line);
	free(t->text);
}

// The field of that column, up to the next comma.
static const char *field(const struct table *t, size_t row, const char *column)
{
	const char *at = t->header, *value = t->line[row];
	size_t n = strlen(column);
	while (strncmp(at, column, n) != 0 || (at[n] != ',' && at[n] != '\0')) {
		at = strchr(at, ',');
		if (!at)
			fail_msg("no column %s", column);
		at++;
		value = strchr(value, ',') + 1;
	}
	return value;
}

static double number(const struct table *t, size_t row, const char *column)
{
	return strtod(field(t, row, column), NULL);
}

static bool is_outcome(const struct table *t, size_t row, const char *outcome)
{
	const char *value = field(t, row, "outcome");
	return strncmp(value, outcome, strlen(outcome)) == 0;
}

static void live_with(struct star *star, const char *policy, const char *cell, const char *arrivals,
		      const char *edge)
{
	char yaml[2048];
	struct err err;
	uint32_t seed = (uint32_t)clock_now_ns() % 1000000;
	printf("%s: seed %u\n", policy, seed);
	snprintf(yaml, sizeof(yaml), YAML, seed, policy, cell, arrivals, "93%", edge);
	if (star_open(star, yaml, 0, &err) < 0 || star_run(star, NULL, NULL, &err) < 0)
		fail_msg("%s", err.text);
}

static void live(struct star *star, const char *policy, const char *cell, const char *edge)
{
	live_with(star, policy, cell, "kind: periodic, period: 200ms", edge);
}

static double figure(const struct star *star, const char *part, const char *key)
{
	json_t *figures = star_results(star);
	double value = json_number_value(json_object_get(json_object_get(figures, part), key));
	json_decref(figures);
	return value;
}

static size_t count(const struct table *t, const char *outcome)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++)
		n += is_outcome(t, i, outcome);
	return n;
}

// Each has its first exit that is accurate enough, and what it needs.
static void check_exits(const struct table *tasks)
{
	static const double accuracy[] = {.93, .7, .8, .88}, need[] = {.7, .8, .88, .93};
	static const int first[] = {1, 2, 3, 0};
	for (size_t i = 0; i < tasks->n; i++) {
		int ue = (int)number(tasks, i, "ue"), exit = (int)number(tasks, i, "exit");
		if (!is_outcome(tasks, i, "done") || number(tasks, i, "admitted") == 0)
			continue;
		assert_int_equal(exit, ue <= 4 ? first[ue - 1] : 1); // the others need nothing
		assert_true(fabs(number(tasks, i, "accuracy") - accuracy[exit]) < 1e-9);
		assert_true(ue > 4 || number(tasks, i, "accuracy") >= need[ue - 1] - 1e-9);
		assert_int_equal(number(tasks, i, "subtasks"), exit > 0 ? exit : 4);
	}
}

// A task is in one batch of each of its sub-tasks, in order, and in none behind its exit; who leaves is
// counted.
static void check_members(const struct star *star, const struct table *tasks)
{
	struct table members = read_table(star, "members.csv"), batches = read_table(star, "batches.csv");
	size_t leaving = 0, exits = 0, expected = 0;
	for (size_t i = 0; i < tasks->n; i++) {
		bool served = is_outcome(tasks, i, "done") && number(tasks, i, "admitted") > 0;
		int next = 0, runs = served ? (int)number(tasks, i, "subtasks") : 0;
		expected += (size_t)runs;
		exits += served && number(tasks, i, "exit") > 0;
		for (size_t k = 0; k < members.n; k++)
			if (number(&members, k, "ue") == number(tasks, i, "ue") &&
			    number(&members, k, "task") == number(tasks, i, "task")) {
				assert_int_equal(number(&members, k, "subtask"), next++);
				assert_true(number(&members, k, "exit") == number(tasks, i, "exit"));
			}
		assert_int_equal(next, runs);
	}
	assert_int_equal(members.n, expected);
	for (size_t i = 0; i < batches.n; i++)
		leaving += (size_t)number(&batches, i, "leaving");
	assert_int_equal(leaving, exits);
	free_table(&members);
	free_table(&batches);
}

// With batches at their planned times every stage is what the plan said it would be.
static void a_run_is_what_was_planned(void **state)
{
	(void)state;
	static const char *const policies[] = {"bsp-exit", "bsp-exit-classes", "bsp-exit-optimal"};
	for (int p = 0; p < 3; p++) {
		struct star star;
		live(&star, policies[p], "", "batching: {stragglers: drop}");
		struct table tasks = read_table(&star, "tasks.csv");
		double worst_ms = 0;
		for (size_t i = 0; i < tasks.n; i++)
			if (is_outcome(&tasks, i, "done"))
				worst_ms = fmax(worst_ms, fabs(number(&tasks, i, "latency_ms") -
							       number(&tasks, i, "plan_latency_ms")));
		printf("%zu of %zu served; off by %.6f ms at most\n", count(&tasks, "done"), tasks.n,
		       worst_ms);
		assert_true(worst_ms < .001);
		assert_true(count(&tasks, "done") > 0 && count(&tasks, "refused") > 0);
		assert_int_equal(count(&tasks, "done") + count(&tasks, "refused"), tasks.n);
		assert_true(figure(&star, "tasks", "served") == (double)count(&tasks, "done"));
		assert_true(figure(&star, "tasks", "refused") == figure(&star, "edge", "not_admitted"));
		check_exits(&tasks);
		check_members(&star, &tasks);
		free_table(&tasks);
		star_close(&star);
	}
}

// Nobody comes later for it, and batches start when their uploads are in.
static void a_barrier_opens_early(void **state)
{
	(void)state;
	struct star star;
	live(&star, "bsp-exit", "", "batching: {start: ready, stragglers: drop}");
	struct table tasks = read_table(&star, "tasks.csv"), batches = read_table(&star, "batches.csv");
	for (size_t i = 0; i < tasks.n; i++)
		if (is_outcome(&tasks, i, "done"))
			assert_true(number(&tasks, i, "latency_ms") < number(&tasks, i, "plan_latency_ms"));
	for (size_t i = 0; i < batches.n; i++)
		assert_true(number(&batches, i, "start_ms") ==
			    number(&batches, i, "last_input_ms")); // of an upload, or of the block before
	check_exits(&tasks);
	check_members(&star, &tasks);
	free_table(&tasks);
	free_table(&batches);
	star_close(&star);
}

// Fading makes some uploads slower than planned: they are dropped, told so, and their UEs go on.
static void stragglers_are_dropped(void **state)
{
	(void)state;
	struct star star;
	live(&star, "bsp-exit", ", fading: {kind: rayleigh, coherence: 5ms}",
	     "guard: 0s, batching: {start: ready, stragglers: drop}");
	struct table tasks = read_table(&star, "tasks.csv");
	size_t dropped = count(&tasks, "dropped");
	printf("%zu of %zu dropped\n", dropped, tasks.n);
	assert_true(dropped > 0);
	assert_true(figure(&star, "edge", "dropped") == (double)dropped);
	assert_true(figure(&star, "edge", "stragglers") == 0);
	assert_int_equal(count(&tasks, "done") + count(&tasks, "refused") + dropped, tasks.n);
	check_exits(&tasks);
	check_members(&star, &tasks);
	free_table(&tasks);
	star_close(&star);
}

// How often a round was planned while a batch of an earlier one was to run or ran.
static size_t count_overlaps(const struct star *star)
{
	struct table rounds = read_table(star, "rounds.csv"), batches = read_table(star, "batches.csv");
	size_t n = 0;
	for (size_t i = 0; i < rounds.n; i++)
		for (size_t k = 0; k < batches.n; k++) {
			double at_ms = number(&rounds, i, "time_ms");
			n += number(&batches, k, "start_ms") < at_ms && number(&batches, k, "end_ms") > at_ms;
		}
	free_table(&rounds);
	free_table(&batches);
	return n;
}

static void check_band(const struct star *star, double band_hz)
{
	struct table links = read_table(star, "links.csv");
	double hertz[8] = {0}, most = 0;
	for (size_t i = 0; i < links.n; i++) {
		double sum = 0;
		hertz[(int)number(&links, i, "ue") - 1] = number(&links, i, "bandwidth_hz");
		for (int ue = 0; ue < 8; ue++)
			sum += hertz[ue];
		bool more =
		    i + 1 < links.n && number(&links, i + 1, "time_ms") == number(&links, i, "time_ms");
		most = !more && sum > most ? sum : most;
	}
	assert_true(most <= band_hz * (1 + 1e-6));
	free_table(&links);
}

// Uploads of one round while the edge computes for another: every upload still takes what was planned, so
// that nobody is ever late for its batch.
static void rounds_overlap(void **state)
{
	(void)state;
	struct star star;
	live_with(&star, "bsp-exit", "", "kind: poisson, rate: 10",
		  "admission_window: 2ms, batching: {start: ready, stragglers: drop}");
	struct table tasks = read_table(&star, "tasks.csv");
	size_t overlaps = count_overlaps(&star);
	printf("%zu rounds were planned while a batch ran\n", overlaps);
	assert_true(overlaps > 0 && count(&tasks, "done") > 20);
	assert_int_equal(count(&tasks, "dropped"), 0);
	check_exits(&tasks);
	check_members(&star, &tasks);
	check_band(&star, 1500e3);
	free_table(&tasks);
	star_close(&star);
}

static void who_is_not_admitted_may_compute_itself(void **state)
{
	(void)state;
	struct star star;
	live(&star, "bsp-exit", "", "not_admitted: local");
	struct table tasks = read_table(&star, "tasks.csv");
	size_t local = 0;
	for (size_t i = 0; i < tasks.n; i++) {
		assert_true(is_outcome(&tasks, i, "done"));
		bool admitted = number(&tasks, i, "admitted") > 0;
		assert_int_equal(number(&tasks, i, "cut"), admitted ? 0 : 4);
		assert_true(number(&tasks, i, "compute_mj") == number(&tasks, i, "plan_compute_mj"));
		assert_true((number(&tasks, i, "compute_mj") > 0) == !admitted);
		local += !admitted;
	}
	assert_true(local > 0 && figure(&star, "tasks", "refused") == 0);
	free_table(&tasks);
	star_close(&star);
}

static void what_no_exit_reaches_is_refused_with_its_line(void **state)
{
	(void)state;
	char yaml[2048];
	struct star star;
	struct err err;
	snprintf(yaml, sizeof(yaml), YAML, 1u, "bsp-exit", "", "kind: periodic", "95%", "");
	assert_int_equal(star_open(&star, yaml, 0, &err), -EINVAL);
	assert_string_equal(err.text,
			    "star.yaml:12:72: ue4: accuracy is 95 %, which no exit of blocks-4 reaches: at "
			    "most 93 %, at its end, is right");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_run_is_what_was_planned),
	    cmocka_unit_test(a_barrier_opens_early),
	    cmocka_unit_test(stragglers_are_dropped),
	    cmocka_unit_test(rounds_overlap),
	    cmocka_unit_test(who_is_not_admitted_may_compute_itself),
	    cmocka_unit_test(what_no_exit_reaches_is_refused_with_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
